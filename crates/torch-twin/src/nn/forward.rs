use tch::Tensor;

use crate::TorchError;

/// What makes one tensor of another, as the `forward` of most modules.
pub trait Forward {
    /// The output for `input`. A module that has children calls them by
    /// [`Child::call`](super::Child::call), which tells `pass` of each.
    ///
    /// # Errors
    /// What libtorch refuses, a wrong shape above all.
    fn forward(&self, input: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError>;
}

/// Told of the name and the output of each module called, as by `register_forward_hook`; a name
/// is that of `named_modules()`, such as `layer1.0.conv1`.
pub type ForwardHook<'a> = dyn FnMut(&str, &Tensor) + 'a;

/// One way through a network: in `train` or in `eval` mode, and under whose eyes.
///
/// PyTorch keeps the mode in each module; here it is that of the whole pass.
///
/// ```
/// use tch::{Tensor, kind::FLOAT_CPU};
/// use torch_twin::Generator;
/// use torch_twin::nn::{Forward, ForwardPass, Layer, Linear, Sequential};
///
/// let mut generator = Generator::manual_seed(0);
/// let layers: Vec<Box<dyn Layer>> = vec![
///     Box::new(Linear::new(4, 3, &mut generator)?),
///     Box::new(Linear::new(3, 2, &mut generator)?),
/// ];
/// let network = Sequential::new(layers);
/// let mut seen = Vec::new();
/// let mut hook = |name: &str, output: &Tensor| seen.push((name.to_owned(), output.size()));
/// let input = Tensor::ones([1, 4], FLOAT_CPU);
/// network.forward(&input, &mut ForwardPass::eval().with_hook(&mut hook))?;
/// assert_eq!(seen, [("0".to_owned(), vec![1, 3]), ("1".to_owned(), vec![1, 2])]);
/// # Ok::<(), torch_twin::TorchError>(())
/// ```
pub struct ForwardPass<'a> {
    training: bool,
    hook: Option<&'a mut ForwardHook<'a>>,
    /// Names of the modules that are being called, the outermost first.
    path: Vec<String>,
}

impl<'a> ForwardPass<'a> {
    /// A pass as after `model.train()`.
    pub fn train() -> Self {
        Self {
            training: true,
            hook: None,
            path: Vec::new(),
        }
    }

    /// A pass as after `model.eval()`.
    pub fn eval() -> Self {
        Self {
            training: false,
            ..Self::train()
        }
    }

    /// The same pass, of which `hook` is told.
    pub fn with_hook(mut self, hook: &'a mut ForwardHook<'a>) -> Self {
        self.hook = Some(hook);
        self
    }

    /// `self.training` of every module on the way.
    pub fn training(&self) -> bool {
        self.training
    }

    /// Calls the child `name` of the module that is being called, by `forward`.
    pub(super) fn call(
        &mut self,
        name: &str,
        forward: impl FnOnce(&mut Self) -> Result<Tensor, TorchError>,
    ) -> Result<Tensor, TorchError> {
        if self.hook.is_none() {
            return forward(self);
        }
        self.path.push(name.to_owned());
        let output = forward(self);
        let name = self.path.join(".");
        self.path.pop();
        if let (Some(hook), Ok(output)) = (&mut self.hook, &output) {
            hook(&name, output);
        }
        output
    }
}
