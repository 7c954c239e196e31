use tch::Tensor;

use super::{Forward, ForwardPass, Memo, Module, init};
use crate::{Generator, TorchError};

/// What an [`Lstm`] remembers: `(h, c)`, each num_layers · directions × N × hidden_size.
pub type LstmState = (Tensor, Tensor);

/// `torch.nn.LSTM`: long short-term memory over a sequence, in layers.
///
/// ```
/// use tch::{Tensor, kind::FLOAT_CPU};
/// use torch_twin::Generator;
/// use torch_twin::nn::{Forward, ForwardPass, Lstm};
///
/// // lstm = nn.LSTM(10, 20, num_layers=2, batch_first=True); output, (h, c) = lstm(torch.ones(3, 5, 10))
/// let mut generator = Generator::manual_seed(0);
/// let lstm = Lstm::builder(10, 20).num_layers(2).batch_first(true).build(&mut generator)?;
/// let input = Tensor::ones([3, 5, 10], FLOAT_CPU);
/// let (output, (h, _c)) = lstm.forward(&input, &mut ForwardPass::eval())?;
/// assert_eq!((output.size(), h.size()), (vec![3, 5, 20], vec![2, 3, 20]));
/// # Ok::<(), torch_twin::TorchError>(())
/// ```
pub struct Lstm {
    /// `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, and so on.
    parameters: Vec<(String, Tensor)>,
    arguments: LstmBuilder,
}

/// The arguments of an [`Lstm`] that are not the defaults.
#[derive(Clone, Debug)]
pub struct LstmBuilder {
    input_size: usize,
    hidden_size: usize,
    num_layers: usize,
    bias: bool,
    batch_first: bool,
    dropout: f64,
    bidirectional: bool,
}

impl Lstm {
    /// `torch.nn.LSTM(input_size, hidden_size)`.
    ///
    /// # Errors
    /// A size of 0, and more parameters than any memory holds.
    pub fn new(
        input_size: usize,
        hidden_size: usize,
        generator: &mut Generator,
    ) -> Result<Self, TorchError> {
        Self::builder(input_size, hidden_size).build(generator)
    }

    /// A module whose other arguments are to be set.
    pub fn builder(input_size: usize, hidden_size: usize) -> LstmBuilder {
        LstmBuilder {
            input_size,
            hidden_size,
            num_layers: 1,
            bias: true,
            batch_first: false,
            dropout: 0.0,
            bidirectional: false,
        }
    }

    /// The size of `h` and `c` for `input`. libtorch checks neither, and would read beyond them.
    fn state_size(&self, input: &Tensor) -> Result<[i64; 3], TorchError> {
        let arguments = &self.arguments;
        let size = input.size();
        let &[first, second, features] = &size[..] else {
            let words = "an LSTM wants an input of 3 dimensions, batches among them";
            return Err(TorchError::new(words));
        };
        if features != arguments.input_size as i64 {
            return Err(TorchError::new(&format!(
                "expected an input of {} features, got {features}",
                arguments.input_size
            )));
        }
        let batch = if arguments.batch_first { first } else { second };
        let directions = 1 + i64::from(arguments.bidirectional);
        let layers = arguments.num_layers as i64 * directions;
        Ok([layers, batch, arguments.hidden_size as i64])
    }
}

impl Forward<Tensor, (Tensor, LstmState)> for Lstm {
    /// `lstm(input)`: it begins with zeros.
    fn forward(
        &self,
        input: &Tensor,
        pass: &mut ForwardPass<'_>,
    ) -> Result<(Tensor, LstmState), TorchError> {
        self.forward(&(input, None), pass)
    }
}

impl Forward<(&Tensor, Option<&LstmState>), (Tensor, LstmState)> for Lstm {
    /// `lstm(input, state)`: the last layer's output at each place, and the state after the last; it begins
    /// with `state`, or with zeros. `input` is L × N × input_size, N × L × input_size with `batch_first`.
    ///
    /// Dropout between layers draws from the generator of the pass. Another number of features and a state
    /// of another size are errors.
    fn forward(
        &self,
        (input, state): &(&Tensor, Option<&LstmState>),
        pass: &mut ForwardPass<'_>,
    ) -> Result<(Tensor, LstmState), TorchError> {
        let arguments = &self.arguments;
        let state_size = self.state_size(input)?;
        let (h, c) = match state {
            Some((h, c)) => (h.shallow_clone(), c.shallow_clone()),
            None => {
                let options = (input.f_kind()?, input.device());
                let zeros = || Tensor::f_zeros(state_size, options);
                (zeros()?, zeros()?)
            }
        };
        for (name, tensor) in [("h", &h), ("c", &c)] {
            if tensor.size() != state_size {
                return Err(TorchError::new(&format!(
                    "expected {name} of size {state_size:?}, got {:?}",
                    tensor.size()
                )));
            }
        }
        let training = pass.training();
        let compute = || -> Result<(Tensor, Tensor, Tensor), TorchError> {
            let parameters: Vec<&Tensor> = self.parameters.iter().map(|(_, p)| p).collect();
            Ok(input.f_lstm(
                &[&h, &c],
                &parameters,
                arguments.bias,
                arguments.num_layers as i64,
                arguments.dropout,
                training,
                arguments.bidirectional,
                arguments.batch_first,
            )?)
        };
        let draws = training && arguments.dropout > 0.0 && arguments.num_layers > 1;
        let (output, h, c) = match draws {
            true => pass.generator()?.as_default(compute)?,
            false => compute()?,
        };
        Ok((output, (h, c)))
    }
}

impl Forward<(&Tensor, (&Tensor, &Tensor)), (Tensor, LstmState)> for Lstm {
    /// `lstm(input, (h, c))`.
    fn forward(
        &self,
        &(input, (h, c)): &(&Tensor, (&Tensor, &Tensor)),
        pass: &mut ForwardPass<'_>,
    ) -> Result<(Tensor, LstmState), TorchError> {
        let state = (h.shallow_clone(), c.shallow_clone());
        self.forward(&(input, Some(&state)), pass)
    }
}

impl LstmBuilder {
    /// `num_layers=1`.
    pub fn num_layers(mut self, num_layers: usize) -> Self {
        self.num_layers = num_layers;
        self
    }

    /// `bias=True`.
    pub fn bias(mut self, bias: bool) -> Self {
        self.bias = bias;
        self
    }

    /// `batch_first=False`.
    pub fn batch_first(mut self, batch_first: bool) -> Self {
        self.batch_first = batch_first;
        self
    }

    /// `dropout=0.0`: the probability with which a value between two layers is dropped in training.
    pub fn dropout(mut self, dropout: f64) -> Self {
        self.dropout = dropout;
        self
    }

    /// `bidirectional=False`: whether the sequence is read backwards as well.
    pub fn bidirectional(mut self, bidirectional: bool) -> Self {
        self.bidirectional = bidirectional;
        self
    }

    /// The module, with PyTorch's initial values: uniform in ±1/√hidden_size.
    ///
    /// # Errors
    /// No layer, an input or hidden size of 0, a `dropout` that is no probability, and more parameters than any
    /// memory holds.
    pub fn build(self, generator: &mut Generator) -> Result<Lstm, TorchError> {
        let words = if !(0.0..=1.0).contains(&self.dropout) {
            "dropout must be from 0 to 1"
        } else if self.input_size == 0 {
            "input_size must be greater than zero"
        } else if self.hidden_size == 0 {
            "hidden_size must be greater than zero"
        } else if self.num_layers == 0 {
            "num_layers must be greater than zero"
        } else if !self.is_addressable() {
            "num_layers, input_size or hidden_size is too large"
        } else {
            ""
        };
        if !words.is_empty() {
            return Err(TorchError::new(words));
        }
        let mut parameters = Vec::new();
        let bound = 1.0 / (self.hidden_size as f64).sqrt();
        for (name, size) in self.shapes() {
            let parameter = init::uniform(&size, -bound, bound, generator)?;
            parameters.push((name, parameter.set_requires_grad(true)));
        }
        let arguments = self;
        Ok(Lstm {
            parameters,
            arguments,
        })
    }

    /// Whether all values of the parameters can have an address; the first layer's inputs count in each.
    fn is_addressable(&self) -> bool {
        let gates = self.hidden_size.checked_mul(4 * size_of::<f32>());
        let inputs = self.hidden_size.checked_mul(3);
        let inputs = inputs.and_then(|inputs| inputs.checked_add(self.input_size));
        let bytes = gates
            .zip(inputs)
            .and_then(|(gates, inputs)| gates.checked_mul(inputs));
        let bytes = bytes.and_then(|bytes| bytes.checked_mul(2)?.checked_mul(self.num_layers));
        bytes.is_some_and(|bytes| isize::try_from(bytes).is_ok())
    }

    /// Names and sizes of the parameters, in PyTorch's order.
    fn shapes(&self) -> Vec<(String, Vec<usize>)> {
        let suffixes: &[&str] = match self.bidirectional {
            true => &["", "_reverse"],
            false => &[""],
        };
        let gates = 4 * self.hidden_size;
        let mut shapes = Vec::new();
        for layer in 0..self.num_layers {
            let inputs = match layer {
                0 => self.input_size,
                _ => self.hidden_size * suffixes.len(),
            };
            for suffix in suffixes {
                shapes.push((format!("weight_ih_l{layer}{suffix}"), vec![gates, inputs]));
                shapes.push((
                    format!("weight_hh_l{layer}{suffix}"),
                    vec![gates, self.hidden_size],
                ));
                if self.bias {
                    shapes.push((format!("bias_ih_l{layer}{suffix}"), vec![gates]));
                    shapes.push((format!("bias_hh_l{layer}{suffix}"), vec![gates]));
                }
            }
        }
        shapes
    }
}

impl Module for Lstm {
    fn own_parameters(&self) -> Vec<(&str, &Tensor)> {
        let parameters = self.parameters.iter();
        parameters
            .map(|(name, tensor)| (name.as_str(), tensor))
            .collect()
    }

    fn deep_copy_with(&self, memo: &mut Memo) -> Result<Self, TorchError> {
        let named = self.parameters.iter();
        let named =
            named.map(|(name, tensor)| Ok::<_, TorchError>((name.clone(), memo.copy(tensor)?)));
        Ok(Self {
            parameters: named.collect::<Result<_, _>>()?,
            arguments: self.arguments.clone(),
        })
    }
}
