use tch::{Device, Kind, Tensor};
use thiserror::Error;

use crate::native::{AsDefault, NativeGenerator};
use crate::{TorchError, form};
use torch_twin_trace::readable_debug;

/// `torch.Generator`: the same seed gives the same numbers.
///
/// tch knows libtorch's default generator alone, one for the whole process, and can neither read
/// nor set its state. This one is a value: a `DataLoader` can have its own, a file can hold it, and
/// threads that have one each do not disturb each other. It is libtorch's own `at::Generator`, and
/// what is drawn from it is drawn by libtorch, so every distribution is PyTorch's.
///
/// The methods are called as those of the tensor in PyTorch, to which the generator is handed there.
///
/// ```
/// use tch::{Device, Kind, Tensor};
/// use torch_twin::Generator;
///
/// // generator = torch.Generator().manual_seed(7)
/// let mut generator = Generator::manual_seed(7);
/// // torch.empty(3).uniform_(-1, 1, generator=generator)
/// let mut noise = Tensor::empty([3], (Kind::Float, Device::Cpu));
/// generator.uniform_(&mut noise, -1.0, 1.0)?;
///
/// // state = generator.get_state()
/// let state = generator.get_state()?;
/// let first = generator.randperm(10)?;
/// generator.set_state(&state)?;
/// assert_eq!(generator.randperm(10)?, first);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Generator {
    native: NativeGenerator,
}

/// Why a generator cannot go on from a state.
#[derive(Error)]
#[non_exhaustive]
pub enum GeneratorStateError {
    /// The tensor is not what [`Generator::get_state`] gives.
    #[error("not the state of such a generator")]
    NotAState,
    /// A failure inside libtorch: a tensor of another length or type.
    #[error(transparent)]
    Torch(#[from] TorchError),
}

readable_debug!(GeneratorStateError);

impl Generator {
    /// `torch.Generator().manual_seed(seed)`, on the CPU.
    pub fn manual_seed(seed: u64) -> Self {
        Self {
            native: NativeGenerator::cpu(seed),
        }
    }

    /// `torch.Generator(device).manual_seed(seed)`.
    ///
    /// # Errors
    /// A device that is neither the CPU nor a GPU that is there.
    pub fn on(device: Device, seed: u64) -> Result<Self, TorchError> {
        let native = match device {
            Device::Cpu => NativeGenerator::cpu(seed),
            // libtorch counts GPUs in an i8, and would take a larger index for a smaller one.
            Device::Cuda(index) => match i8::try_from(index) {
                Ok(index) => NativeGenerator::cuda(index.into(), seed)?,
                Err(_) => return Err(TorchError::new(&format!("no generator on {device:?}"))),
            },
            Device::Mps | Device::Vulkan => {
                return Err(TorchError::new(&format!("no generator on {device:?}")));
            }
        };
        Ok(Self { native })
    }

    /// `generator.get_state()`: 5056 bytes on the CPU, a uint8 tensor.
    ///
    /// # Errors
    /// Too little memory.
    pub fn get_state(&self) -> Result<Tensor, TorchError> {
        self.native.get_state()
    }

    /// `generator.set_state(state)`.
    ///
    /// On the CPU a state that libtorch could not have given is refused: libtorch itself would take
    /// it, and read beyond its memory.
    ///
    /// # Errors
    /// A tensor that is no state; the generator is then left as it was.
    pub fn set_state(&mut self, state: &Tensor) -> Result<(), GeneratorStateError> {
        match self.native.set_state(state)? {
            true => Ok(()),
            false => Err(GeneratorStateError::NotAState),
        }
    }

    /// `tensor.random_(generator=generator)`: integers from 0 on, as far as the type goes.
    ///
    /// # Errors
    /// What libtorch refuses, a tensor on another device above all.
    pub fn random_(&mut self, tensor: &mut Tensor) -> Result<(), TorchError> {
        self.native.random_(tensor)
    }

    /// `tensor.uniform_(from, to, generator=generator)`.
    ///
    /// # Errors
    /// What libtorch refuses, a tensor on another device above all.
    pub fn uniform_(&mut self, tensor: &mut Tensor, from: f64, to: f64) -> Result<(), TorchError> {
        self.native.uniform_(tensor, from, to)
    }

    /// `tensor.normal_(mean, std, generator=generator)`.
    ///
    /// # Errors
    /// What libtorch refuses, a negative `std` above all.
    pub fn normal_(&mut self, tensor: &mut Tensor, mean: f64, std: f64) -> Result<(), TorchError> {
        self.native.normal_(tensor, mean, std)
    }

    /// `tensor.bernoulli_(p, generator=generator)`: 1 with the probability `p`, else 0.
    ///
    /// # Errors
    /// What libtorch refuses, a `p` outside 0 to 1 above all.
    pub fn bernoulli_(&mut self, tensor: &mut Tensor, p: f64) -> Result<(), TorchError> {
        self.native.bernoulli_(tensor, p)
    }

    /// `torch.multinomial(weights, num_samples, replacement, generator=generator)`: indices, drawn as often
    /// as their weights say.
    ///
    /// # Errors
    /// Weights that are negative, infinite or all zero, and too few of them without replacement.
    pub fn multinomial(
        &mut self,
        weights: &Tensor,
        num_samples: usize,
        replacement: bool,
    ) -> Result<Tensor, TorchError> {
        let num_samples = i64::try_from(num_samples).unwrap_or(i64::MAX);
        self.native.multinomial(weights, num_samples, replacement)
    }

    /// `torch.randperm(n, generator=generator)`: the numbers 0..n in random order, int64.
    ///
    /// # Errors
    /// Too little memory.
    pub fn randperm(&mut self, n: usize) -> Result<Tensor, TorchError> {
        self.native.randperm(i64::try_from(n).unwrap_or(i64::MAX))
    }

    /// `torch.nn.functional.dropout(input, p)` in training, drawn from this generator: zeros with
    /// the probability `p`, and the rest made larger by as much.
    ///
    /// These are the steps of libtorch's `dropout` on the CPU; on a GPU libtorch has a kernel of its
    /// own, which draws otherwise.
    ///
    /// # Errors
    /// What libtorch refuses, a `p` outside 0 to 1 above all.
    pub fn dropout(&mut self, input: &Tensor, p: f64) -> Result<Tensor, TorchError> {
        let (kind, _) = form("the input of dropout", input)?;
        if p == 0.0 || input.numel() == 0 {
            return Ok(input.shallow_clone());
        }
        if p == 1.0 {
            return Ok(input.f_mul(&Tensor::f_zeros([], (kind, input.device()))?)?);
        }
        let mut noise = input.f_detach()?.f_empty_like()?;
        self.bernoulli_(&mut noise, 1.0 - p)?;
        // Where an operation with a scalar fails, tch panics.
        let _ = noise.f_div_(&Tensor::from(1.0 - p))?;
        Ok(input.f_mul(&noise)?)
    }

    /// What `draw` gives, while what libtorch draws from its default generator, which is the one that
    /// `torch.manual_seed` seeds, comes from this one: for functions that take no generator, such as
    /// `feature_dropout`, `rrelu_`, `scaled_dot_product_attention`.
    ///
    /// The default generator is one for the process: others that call this wait, and others that draw
    /// from it without this disturb it. It is afterwards as it was.
    ///
    /// ```
    /// use tch::{Tensor, kind::FLOAT_CPU};
    /// use torch_twin::{Generator, TorchError};
    ///
    /// // torch.manual_seed(7); F.dropout2d(torch.ones(1, 4, 2, 2), 0.5)
    /// let mut generator = Generator::manual_seed(7);
    /// let ones = Tensor::ones([1, 4, 2, 2], FLOAT_CPU);
    /// let dropped = generator.as_default(|| Ok(ones.f_feature_dropout(0.5, true)?))?;
    /// assert_eq!(dropped.size(), [1, 4, 2, 2]);
    /// # Ok::<(), TorchError>(())
    /// ```
    ///
    /// # Errors
    /// What `draw` refuses, a call within `draw`, and a generator that is not on the CPU.
    pub fn as_default<R>(
        &mut self,
        draw: impl FnOnce() -> Result<R, TorchError>,
    ) -> Result<R, TorchError> {
        let _until_the_end = AsDefault::new(&mut self.native)?;
        draw()
    }

    /// One int64 as `torch.empty((), dtype=torch.int64).random_(generator=generator).item()`, which
    /// is how PyTorch draws the seeds of other generators.
    pub(crate) fn random_seed(&mut self) -> Result<u64, TorchError> {
        let mut seed = Tensor::f_empty([], (Kind::Int64, Device::Cpu))?;
        self.random_(&mut seed)?;
        Ok(seed.f_int64_value(&[])?.cast_unsigned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOAT: (Kind, Device) = (Kind::Float, Device::Cpu);

    fn uniform(generator: &mut Generator, count: i64) -> Tensor {
        let mut tensor = Tensor::empty([count], FLOAT);
        generator.uniform_(&mut tensor, 0.0, 1.0).unwrap();
        tensor
    }

    #[test]
    fn only_the_low_32_bits_of_a_seed_count() {
        let [mut low, mut high] = [7, 7 | 1 << 40].map(Generator::manual_seed);
        assert_eq!(uniform(&mut low, 9), uniform(&mut high, 9));
    }

    #[test]
    fn a_generator_goes_on_from_its_state() {
        for draws in [0, 1, 623, 624, 625, 1000] {
            let mut generator = Generator::manual_seed(5);
            let _ = uniform(&mut generator, draws);
            let mut restored = Generator::manual_seed(0);
            restored.set_state(&generator.get_state().unwrap()).unwrap();
            assert_eq!(
                uniform(&mut restored, 700),
                uniform(&mut generator, 700),
                "after {draws} numbers"
            );
        }
    }

    #[test]
    fn a_normal_number_drawn_in_advance_is_part_of_the_state() {
        let mut generator = Generator::manual_seed(5);
        let normal = |generator: &mut Generator| {
            let mut one = Tensor::empty([1], FLOAT);
            generator.normal_(&mut one, 0.0, 1.0).unwrap();
            one
        };
        let _ = normal(&mut generator);
        let mut restored = Generator::manual_seed(0);
        restored.set_state(&generator.get_state().unwrap()).unwrap();
        assert_eq!(normal(&mut restored), normal(&mut generator));
    }

    #[test]
    fn a_state_that_no_generator_has_is_refused() {
        let good = Generator::manual_seed(5).get_state().unwrap();
        let mut generator = Generator::manual_seed(6);
        let before = generator.get_state().unwrap();
        let refused = |generator: &mut Generator, state: &Tensor| {
            generator.set_state(state).unwrap_err().to_string()
        };
        refused(&mut generator, &good.narrow(0, 1, 5055));
        refused(&mut generator, &good.to_kind(Kind::Int64));
        // left, seeded, next, the upper half of a word, and a normally distributed number.
        for position in [8, 12, 16, 28, 5016] {
            let state = good.copy();
            let mut byte = state.get(position);
            let _ = byte.bitwise_xor_(2);
            let message = refused(&mut generator, &state);
            assert!(
                message.contains("not the state"),
                "byte {position}: {message}"
            );
        }
        assert_eq!(generator.get_state().unwrap(), before);
    }

    #[test]
    fn a_permutation_holds_every_number_once() {
        for n in [0, 1, 2, 1000] {
            let order = Generator::manual_seed(3).randperm(n).unwrap();
            let mut order = Vec::<i64>::try_from(order).unwrap();
            order.sort_unstable();
            assert_eq!(order, (0..n as i64).collect::<Vec<_>>());
        }
    }

    #[test]
    fn generators_in_two_threads_do_not_disturb_each_other() {
        let draw = |seed| {
            let mut generator = Generator::manual_seed(seed);
            let parts: Vec<_> = (0..200).map(|_| uniform(&mut generator, 50)).collect();
            Tensor::cat(&parts, 0)
        };
        let alone = [1, 2].map(draw);
        let together = std::thread::scope(|scope| {
            [1, 2]
                .map(|seed| scope.spawn(move || draw(seed)))
                .map(|thread| thread.join().unwrap())
        });
        assert_eq!(alone, together);
    }

    #[test]
    fn a_generator_stands_for_the_default_one_and_gives_it_back_as_it_was() {
        let draw = || Ok(Tensor::f_rand([3], FLOAT)?);
        let mut generator = Generator::manual_seed(5);
        let before = Generator::manual_seed(9).as_default(|| {
            let expected = draw()?;
            tch::manual_seed(9);
            let drawn = generator.as_default(draw);
            assert!(drawn.is_err(), "a call within a call");
            assert_eq!(draw()?, expected);
            Ok(expected)
        });
        assert!(before.is_ok());
        let drawn = [(); 2].map(|()| generator.as_default(draw).unwrap());
        let mut alone = Generator::manual_seed(5);
        assert_eq!(drawn, [(); 2].map(|()| uniform(&mut alone, 3)));
    }

    #[test]
    fn a_generator_is_given_back_by_a_draw_that_panics() {
        let mut generator = Generator::manual_seed(5);
        let panicking = std::panic::AssertUnwindSafe(|| {
            let _ = generator.as_default(|| -> Result<(), TorchError> {
                let _ = Tensor::f_rand([3], FLOAT)?;
                panic!("in the middle");
            });
        });
        assert!(std::panic::catch_unwind(panicking).is_err());
        let mut alone = Generator::manual_seed(5);
        let _ = uniform(&mut alone, 3);
        assert_eq!(uniform(&mut generator, 3), uniform(&mut alone, 3));
        assert!(generator.as_default(|| Ok(())).is_ok());
    }

    #[test]
    fn dropout_among_whole_numbers_is_an_error_as_in_python() {
        let whole = Tensor::from_slice(&[1_i64, 2, 3]);
        assert!(Generator::manual_seed(0).dropout(&whole, 0.5).is_err());
    }

    #[test]
    fn a_generator_on_a_device_that_is_not_there_is_an_error() {
        assert!(Generator::on(Device::Cuda(999), 0).is_err());
        assert!(Generator::on(Device::Vulkan, 0).is_err());
    }
}
