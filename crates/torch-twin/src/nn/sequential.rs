use tch::Tensor;

use super::{Child, Forward, ForwardPass, Memo, Module};
use crate::TorchError;

/// A module whose `forward` makes one tensor of another.
pub trait Layer: Module + Forward {
    /// [`Module::deep_copy_with`], in a box.
    #[doc(hidden)]
    fn deep_copy_boxed(&self, memo: &mut Memo) -> Result<Box<dyn Layer>, TorchError>;
}

impl<L: Module + Forward> Layer for L {
    fn deep_copy_boxed(&self, memo: &mut Memo) -> Result<Box<dyn Layer>, TorchError> {
        Ok(Box::new(self.deep_copy_with(memo)?))
    }
}

/// `torch.nn.Sequential(*layers)`: the layers one after another, named `0`, `1`, …; best written by
/// [`sequential!`](crate::sequential!).
pub struct Sequential {
    layers: Vec<Child<Box<dyn Layer>>>,
}

impl Sequential {
    /// The layers in the order in which they are called.
    pub fn new(layers: impl IntoIterator<Item = Box<dyn Layer>>) -> Self {
        let layers = layers.into_iter().enumerate();
        Self {
            layers: layers
                .map(|(index, layer)| Child::new(index.to_string(), layer))
                .collect(),
        }
    }
}

/// `torch.nn.Sequential(first, second, …)`.
///
/// ```
/// use torch_twin::Generator;
/// use torch_twin::nn::{Linear, Module, Relu, sequential};
///
/// let mut generator = Generator::manual_seed(0);
/// let layers = sequential![
///     Linear::new(8, 4, &mut generator)?,
///     Relu,
///     Linear::new(4, 2, &mut generator)?,
/// ];
/// let names: Vec<_> = layers.state_dict().names().map(str::to_owned).collect();
/// assert_eq!(names, ["0.weight", "0.bias", "2.weight", "2.bias"]);
/// # Ok::<(), torch_twin::TorchError>(())
/// ```
#[macro_export]
macro_rules! sequential {
    ($($layer:expr),* $(,)?) => {
        $crate::nn::Sequential::new([
            $(::std::boxed::Box::new($layer) as ::std::boxed::Box<dyn $crate::nn::Layer>),*
        ])
    };
}

impl Module for Sequential {
    fn children(&self) -> Vec<(&str, &dyn Module)> {
        self.layers.iter().map(Child::named).collect()
    }

    fn deep_copy_with(&self, memo: &mut Memo) -> Result<Self, TorchError> {
        let layers = self.layers.iter();
        let layers = layers.map(|layer| layer.deep_copy_with(memo));
        Ok(Self {
            layers: layers.collect::<Result<_, _>>()?,
        })
    }
}

impl Forward for Sequential {
    fn forward(&self, input: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        let mut output = input.shallow_clone();
        for layer in &self.layers {
            output = layer.forward(&output, pass)?;
        }
        Ok(output)
    }
}

impl Module for Box<dyn Layer> {
    fn own_parameters(&self) -> Vec<(&str, &Tensor)> {
        (**self).own_parameters()
    }

    fn own_buffers(&self) -> Vec<(&str, &Tensor)> {
        (**self).own_buffers()
    }

    fn children(&self) -> Vec<(&str, &dyn Module)> {
        (**self).children()
    }

    fn unboxed(&self) -> Option<&dyn Module> {
        Some(&**self)
    }

    fn deep_copy_with(&self, memo: &mut Memo) -> Result<Self, TorchError> {
        (**self).deep_copy_boxed(memo)
    }
}

impl Forward for Box<dyn Layer> {
    fn forward(&self, input: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        (**self).forward(input, pass)
    }
}
