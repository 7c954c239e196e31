use std::sync::OnceLock;

use tch::{Kind, Tensor};
use thiserror::Error;

use crate::TorchError;

const STATE_SIZE: usize = 624;
const SHIFT_SIZE: usize = 397;
const STATE_BYTES: usize = 5056;

/// The CPU `torch.Generator`: the same seed gives the same numbers.
///
/// libtorch has such a generator too, but a single one, shared by the whole process, whose
/// state tch can neither read nor set. This one is a value: a `DataLoader` can have its own,
/// a checkpoint can hold it, and tests can run side by side.
///
/// The numbers come from MT19937 (Matsumoto and Nishimura, 1998), as in
/// `ATen/core/MT19937RNGEngine.h`; the distributions follow `ATen/core/DistributionsHelper.h`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generator {
    seed: u64,
    state: [u32; STATE_SIZE],
    /// Index of the next word of `state` to hand out.
    next: usize,
    /// Calls until the words are twisted into new ones, that one included.
    left: usize,
}

/// Bytes that are no state of a generator that this program could go on with.
#[derive(Debug, Error)]
#[error("not the state of a PyTorch CPU generator: {0}")]
pub struct GeneratorStateError(&'static str);

impl Generator {
    /// A generator as after `torch.manual_seed(seed)`.
    pub fn manual_seed(seed: u64) -> Self {
        let mut state = [0; STATE_SIZE];
        state[0] = seed as u32; // MT19937 is seeded with 32 bits, and PyTorch takes the low ones.
        for i in 1..STATE_SIZE {
            let previous: u32 = state[i - 1];
            state[i] = (previous ^ (previous >> 30))
                .wrapping_mul(1_812_433_253)
                .wrapping_add(i as u32);
        }
        Self {
            seed,
            state,
            next: 0,
            left: 1,
        }
    }

    /// The state as bytes, as `torch.get_rng_state()` or `generator.get_state()`.
    ///
    /// The layout is that of `CPUGeneratorImplState` in `ATen/CPUGeneratorImpl.cpp`, little-endian:
    /// u64 seed, i32 left, i32 1 for "seeded", u64 next, 624 words as u64, and 40 bytes of normally
    /// distributed numbers drawn in advance, which are zero here, where none are.
    pub fn state(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(STATE_BYTES);
        bytes.extend(self.seed.to_le_bytes());
        bytes.extend((self.left as u32).to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend((self.next as u64).to_le_bytes());
        bytes.extend(
            self.state
                .iter()
                .flat_map(|&word| u64::from(word).to_le_bytes()),
        );
        bytes.resize(STATE_BYTES, 0);
        bytes
    }

    /// The generator of a state, as `torch.set_rng_state(state)`.
    ///
    /// # Errors
    /// Bytes that [`Generator::state`] could not have given.
    pub fn from_state(bytes: &[u8]) -> Result<Self, GeneratorStateError> {
        if bytes.len() != STATE_BYTES {
            return Err(GeneratorStateError("it has another length"));
        }
        let (words, _) = bytes.as_chunks().0.split_at(3 + STATE_SIZE);
        let words: Vec<u64> = words.iter().map(|&word| u64::from_le_bytes(word)).collect();
        let (left, seeded) = (words[1] & 0xffff_ffff, words[1] >> 32);
        let next = words[2];
        let size = STATE_SIZE as u64;
        let is_fresh = (left, next) == (1, 0);
        let is_used = (1..=size).contains(&next) && left == size + 1 - next;
        if seeded != 1 || !(is_fresh || is_used) {
            return Err(GeneratorStateError("its counters do not fit together"));
        }
        let mut state = [0; STATE_SIZE];
        for (word, &wide) in state.iter_mut().zip(&words[3..]) {
            *word = u32::try_from(wide)
                .map_err(|_| GeneratorStateError("a word has more than 32 bits"))?;
        }
        if bytes[8 * words.len()..].iter().any(|&byte| byte != 0) {
            return Err(GeneratorStateError("it holds normally distributed numbers"));
        }
        Ok(Self {
            seed: words[0],
            state,
            next: next as usize,
            left: left as usize,
        })
    }

    /// 32 random bits, as `CPUGeneratorImpl::random`.
    pub fn random(&mut self) -> u32 {
        self.left -= 1;
        if self.left == 0 {
            self.twist();
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    fn twist(&mut self) {
        for i in 0..STATE_SIZE {
            let following = self.state[(i + 1) % STATE_SIZE];
            let y = (self.state[i] & 0x8000_0000) | (following & 0x7fff_ffff);
            let matrix = if y & 1 == 0 { 0 } else { 0x9908_b0df };
            self.state[i] = self.state[(i + SHIFT_SIZE) % STATE_SIZE] ^ (y >> 1) ^ matrix;
        }
        self.next = 0;
        self.left = STATE_SIZE;
    }

    /// 64 random bits, as `CPUGeneratorImpl::random64`.
    pub fn random64(&mut self) -> u64 {
        let high = u64::from(self.random());
        (high << 32) | u64::from(self.random())
    }

    /// A number in 0..2⁶³, as `torch.empty((), dtype=torch.int64).random_().item()`.
    pub fn random_i64(&mut self) -> i64 {
        (self.random64() & (u64::MAX >> 1)).cast_signed()
    }

    /// The numbers 0..n in random order, as `torch.randperm(n)`.
    pub fn randperm(&mut self, n: i64) -> Vec<i64> {
        let mut order: Vec<i64> = (0..n).collect();
        let n = order.len();
        // From this size on, the remainder of a 32-bit number would visibly not be uniform.
        let is_large = n >= (u32::MAX / 20) as usize;
        for i in 0..n.saturating_sub(1) {
            let random = if is_large {
                self.random64()
            } else {
                u64::from(self.random())
            };
            order.swap(i, i + (random % (n - i) as u64) as usize);
        }
        order
    }

    /// A float32 tensor of numbers in [`from`, `to`), as `torch.empty(size).uniform_(from, to)`.
    ///
    /// # Errors
    /// What libtorch refuses, a negative size above all.
    pub fn uniform(&mut self, size: &[i64], from: f64, to: f64) -> Result<Tensor, TorchError> {
        let count = size.iter().product::<i64>().max(0) as usize;
        let (from, to) = (from as f32, to as f32);
        let is_fused = uniform_is_fused()?;
        let values: Vec<f32> = (0..count)
            .map(|_| scale(self.unit(), from, to, is_fused))
            .collect();
        Ok(Tensor::f_from_slice(&values)?.f_reshape(size)?)
    }

    /// A float32 in [0, 1) with 24 random bits.
    fn unit(&mut self) -> f32 {
        const BITS: u32 = f32::MANTISSA_DIGITS;
        (self.random() & ((1 << BITS) - 1)) as f32 / (1 << BITS) as f32
    }
}

fn scale(unit: f32, from: f32, to: f32, is_fused: bool) -> f32 {
    if is_fused {
        unit.mul_add(to - from, from)
    } else {
        unit * (to - from) + from
    }
}

/// Whether this libtorch, on this CPU, scales uniform numbers with a fused multiply-add.
///
/// libtorch picks its kernels by CPU at run time, and only those for AVX2 and later were
/// compiled with fused multiply-add, which rounds once where the others round twice. libtorch
/// does not tell which it picked, so it is asked for numbers that show it.
fn uniform_is_fused() -> Result<bool, TorchError> {
    static IS_FUSED: OnceLock<bool> = OnceLock::new();
    if let Some(&is_fused) = IS_FUSED.get() {
        return Ok(is_fused);
    }
    const PROBES: usize = 64;
    let (from, to) = (-0.3_f32, 0.3_f32);
    tch::manual_seed(0);
    let theirs = Tensor::f_empty([PROBES as i64], (Kind::Float, tch::Device::Cpu))?
        .f_uniform_(from.into(), to.into())?;
    let theirs = Vec::<f32>::try_from(&theirs)?;
    let mut generator = Generator::manual_seed(0);
    let is_fused = theirs
        .iter()
        .all(|&value| value == scale(generator.unit(), from, to, true));
    Ok(*IS_FUSED.get_or_init(|| is_fused))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ten_thousandth_number_is_that_of_the_cpp_standard() {
        // [rand.predef]: std::mt19937, seeded with 5489.
        let mut generator = Generator::manual_seed(5489);
        let last = (0..10_000).map(|_| generator.random()).last();
        assert_eq!(last, Some(4_123_659_995));
    }

    #[test]
    fn only_the_low_32_bits_of_a_seed_count() {
        let (mut low, mut high) = (
            Generator::manual_seed(7),
            Generator::manual_seed(7 | 1 << 40),
        );
        assert_eq!(low.random64(), high.random64());
    }

    #[test]
    fn a_generator_goes_on_from_its_state() {
        for draws in [0, 1, 623, 624, 625, 1000] {
            let mut generator = Generator::manual_seed(5);
            for _ in 0..draws {
                generator.random();
            }
            let mut restored = Generator::from_state(&generator.state()).unwrap();
            assert_eq!(restored, generator);
            assert_eq!(
                restored.random64(),
                generator.random64(),
                "after {draws} numbers"
            );
        }
    }

    #[test]
    fn a_state_that_no_generator_has_is_refused() {
        let good = Generator::manual_seed(5).state();
        assert!(Generator::from_state(&good[1..]).is_err());
        // left, seeded, next, the upper half of a word, and a normally distributed number.
        for position in [8, 12, 16, 28, 5016] {
            let mut bytes = good.clone();
            bytes[position] ^= 2;
            assert!(Generator::from_state(&bytes).is_err(), "byte {position}");
        }
    }

    #[test]
    fn a_permutation_holds_every_number_once() {
        for n in [0, 1, 2, 1000] {
            let mut order = Generator::manual_seed(3).randperm(n);
            order.sort_unstable();
            assert_eq!(order, (0..n).collect::<Vec<_>>());
        }
    }
}
