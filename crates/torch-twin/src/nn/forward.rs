use tch::Tensor;

use super::{Call, Module, TensorTree};
use crate::{Generator, TorchError};

/// What a module computes, as its `forward` in Python.
///
/// Most modules make one tensor of another, and write `impl Forward for Net`. One that takes or gives
/// something else names both, as any tensors in tuples, arrays and options:
///
/// ```
/// use tch::{Tensor, kind::FLOAT_CPU};
/// use torch_twin::TorchError;
/// use torch_twin::nn::{Child, Forward, ForwardPass};
///
/// /// def forward(self, x, memory): return x + memory, memory
/// struct Add;
///
/// impl Forward<(&Tensor, &Tensor), (Tensor, Tensor)> for Add {
///     fn forward(
///         &self,
///         (x, memory): &(&Tensor, &Tensor),
///         _pass: &mut ForwardPass<'_>,
///     ) -> Result<(Tensor, Tensor), TorchError> {
///         Ok((x.f_add(memory)?, memory.shallow_clone()))
///     }
/// }
///
/// let add = Child::new("add", Add);
/// let ones = Tensor::ones([2], FLOAT_CPU);
/// let (sum, _) = add.forward(&(&ones, &ones), &mut ForwardPass::eval())?;
/// assert_eq!(sum.double_value(&[0]), 2.0);
/// # Ok::<(), TorchError>(())
/// ```
pub trait Forward<Inputs = Tensor, Output = Tensor> {
    /// The output for `inputs`. A module that has children calls the `forward` of its
    /// [`Child`](super::Child)s, which tells `pass` of each.
    ///
    /// # Errors
    /// What libtorch refuses, a wrong shape above all.
    fn forward(&self, inputs: &Inputs, pass: &mut ForwardPass<'_>) -> Result<Output, TorchError>;
}

type Hook<'a> = Box<dyn FnMut(&Call<'_>) + 'a>;

/// One way through a network: in `train` or in `eval` mode, with what is drawn from on the way, and
/// under whose eyes.
///
/// PyTorch keeps the mode in each module, and the generator out of sight; here both are those of the
/// pass.
///
/// ```
/// use tch::{Tensor, kind::FLOAT_CPU};
/// use torch_twin::Generator;
/// use torch_twin::nn::{Call, Dropout, Forward, ForwardPass, Linear, sequential};
///
/// let mut generator = Generator::manual_seed(0);
/// let network = sequential![
///     Linear::new(4, 3, &mut generator)?,
///     Dropout::new(0.5)?,
///     Linear::new(3, 2, &mut generator)?,
/// ];
/// let mut seen = Vec::new();
/// let mut hook = |call: &Call<'_>| seen.push((call.name.to_owned(), call.outputs[0].size()));
/// let input = Tensor::ones([1, 4], FLOAT_CPU);
/// let pass = ForwardPass::train().with_generator(&mut generator).with_hook(&mut hook);
/// network.forward(&input, &mut { pass })?;
/// assert_eq!(seen[0], ("0".to_owned(), vec![1, 3]));
/// assert_eq!(seen[2], ("2".to_owned(), vec![1, 2]));
/// # Ok::<(), torch_twin::TorchError>(())
/// ```
pub struct ForwardPass<'a> {
    training: bool,
    /// Names of modules that are in `eval` mode in spite of `training`.
    in_eval: Vec<String>,
    generator: Option<&'a mut Generator>,
    hook: Option<Hook<'a>>,
    /// Names of the modules that are being called, the outermost first.
    path: Vec<String>,
}

impl<'a> ForwardPass<'a> {
    /// A pass as after `model.train()`.
    pub fn train() -> Self {
        Self {
            training: true,
            in_eval: Vec::new(),
            generator: None,
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

    /// The same pass, in which the module of this name, and all in it, are in `eval` mode: for a frozen
    /// `BatchNorm`, `model.train(); model.layer1.bn1.eval()`.
    ///
    /// ```
    /// use torch_twin::nn::{BatchNorm2d, ForwardPass, sequential};
    ///
    /// let model = sequential![BatchNorm2d::new(3)?, BatchNorm2d::new(3)?];
    /// let pass = ForwardPass::train().with_eval_of(&model, "1")?;
    /// let error = ForwardPass::train().with_eval_of(&model, "2").err();
    /// assert_eq!(
    ///     error.map(|error| error.to_string()).as_deref(),
    ///     Some("no module is called `2`: the network has `0`, `1`")
    /// );
    /// # drop(pass);
    /// # Ok::<(), torch_twin::TorchError>(())
    /// ```
    ///
    /// # Errors
    /// A name that no module of `model` has.
    pub fn with_eval_of(
        mut self,
        model: &dyn Module,
        name: impl Into<String>,
    ) -> Result<Self, TorchError> {
        let name = name.into();
        let modules = model.named_modules();
        let find = |name: &str| modules.iter().find(|(module, _)| module == name);
        if find(&name).is_none() {
            let parents = name.rmatch_indices('.').map(|(end, _)| &name[..end]);
            let nearest = parents.chain([""]).find_map(find);
            let whole = |of: &str| {
                if of.is_empty() {
                    "the network".to_owned()
                } else {
                    format!("`{of}`")
                }
            };
            let has = nearest.map(|(of, parent)| {
                let children = parent.children().into_iter();
                let children: Vec<_> = children.map(|(child, _)| format!("`{child}`")).collect();
                format!(": {} has {}", whole(of), children.join(", "))
            });
            let has = has.unwrap_or_default();
            return Err(TorchError::new(&format!(
                "no module is called `{name}`{has}"
            )));
        }
        self.in_eval.push(name);
        Ok(self)
    }

    /// The same pass, in which modules such as [`Dropout`](super::Dropout) draw from `generator`.
    pub fn with_generator(mut self, generator: &'a mut Generator) -> Self {
        self.generator = Some(generator);
        self
    }

    /// The same pass, of which `hook` is told: of each module called, when it has given its output, as by
    /// `register_forward_hook`.
    pub fn with_hook(mut self, hook: impl FnMut(&Call<'_>) + 'a) -> Self {
        self.hook = Some(Box::new(hook));
        self
    }

    /// `self.training` of the module that is being called.
    pub fn training(&self) -> bool {
        self.training && !self.in_eval.iter().any(|name| self.is_within(name))
    }

    /// The generator from which modules draw.
    ///
    /// # Errors
    /// A pass that was given none.
    pub fn generator(&mut self) -> Result<&mut Generator, TorchError> {
        let words = "a module draws random numbers: give the pass a generator by with_generator";
        match &mut self.generator {
            Some(generator) => Ok(generator),
            None => Err(TorchError::new(words)),
        }
    }

    /// What `compute` gives for the mode of this pass: for functions such as `scaled_dot_product_attention` that draw
    /// random numbers in training, which then come from [`generator`](Self::generator).
    ///
    /// ```
    /// use tch::{Tensor, kind::FLOAT_CPU};
    /// use torch_twin::nn::ForwardPass;
    ///
    /// let x = Tensor::ones([3], FLOAT_CPU);
    /// // F.alpha_dropout(x, 0.5, self.training)
    /// let y = ForwardPass::eval().stochastic(|training| Ok(x.f_alpha_dropout(0.5, training)?))?;
    /// assert_eq!(y, x);
    /// # Ok::<(), torch_twin::TorchError>(())
    /// ```
    ///
    /// # Errors
    /// What `compute` refuses, and in training a pass without a generator and one on a GPU.
    pub fn stochastic<R>(
        &mut self,
        compute: impl FnOnce(bool) -> Result<R, TorchError>,
    ) -> Result<R, TorchError> {
        match self.training() {
            true => self.generator()?.as_default(|| compute(true)),
            false => compute(false),
        }
    }

    /// Whether the module that is being called is the one of this name, or within it.
    fn is_within(&self, name: &str) -> bool {
        let path = self.path.join(".");
        let rest = path.strip_prefix(name);
        name.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// Goes on by `forward` in the module `name`, which is not called itself.
    pub(super) fn within<R>(
        &mut self,
        name: &str,
        forward: impl FnOnce(&mut Self) -> Result<R, TorchError>,
    ) -> Result<R, TorchError> {
        self.path.push(name.to_owned());
        let outcome = forward(self).map_err(|error| error.within(name));
        self.path.pop();
        outcome
    }

    /// Calls the child `name` of the module that is being called, by `forward`.
    pub(super) fn call<Output: TensorTree>(
        &mut self,
        name: &str,
        inputs: &impl TensorTree,
        forward: impl FnOnce(&mut Self) -> Result<Output, TorchError>,
    ) -> Result<Output, TorchError> {
        if self.hook.is_none() && self.in_eval.is_empty() {
            return forward(self).map_err(|error| error.within(name));
        }
        self.path.push(name.to_owned());
        let outcome = forward(self).map_err(|error| error.within(name));
        if let (Some(hook), Ok(result)) = (&mut self.hook, &outcome) {
            let name = self.path.join(".");
            hook(&Call {
                name: &name,
                inputs: &inputs.tensors(),
                outputs: &result.tensors(),
            });
        }
        self.path.pop();
        outcome
    }
}
