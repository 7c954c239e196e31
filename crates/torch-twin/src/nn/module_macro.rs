/// Declares a module by its children, each with what makes it: the struct, `new`, and the names of
/// its parameters, in the order of their lines.
///
/// ```
/// use tch::{Tensor, kind::FLOAT_CPU};
/// use torch_twin::nn::{AvgPool2d, Conv2d, Forward, ForwardPass, Linear, Module, module};
/// use torch_twin::{Generator, TorchError};
///
/// module! {
///     /// A small network.
///     pub struct Small(num_classes: usize, generator: &mut Generator) {
///         /// 8×8 to 4×4.
///         conv: Conv2d = Conv2d::builder(1, 3, 3).stride(2).padding(1).build(generator)?,
///         pool: AvgPool2d = AvgPool2d::new(2, 2),
///         fc: Linear = Linear::new(12, num_classes, generator)?,
///     }
/// }
///
/// impl Forward for Small {
///     fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
///         let x = self.conv.forward(x, pass)?.f_relu()?; // N×3×4×4
///         let x = self.pool.forward(&x, pass)?.f_flatten(1, -1)?; // N×12
///         self.fc.forward(&x, pass) // N×num_classes
///     }
/// }
///
/// let small = Small::new(10, &mut Generator::manual_seed(0))?;
/// let names: Vec<_> = small.state_dict().names().map(str::to_owned).collect();
/// assert_eq!(names, ["conv.weight", "conv.bias", "fc.weight", "fc.bias"]);
/// let logits = small.forward(&Tensor::ones([1, 1, 8, 8], FLOAT_CPU), &mut ForwardPass::eval())?;
/// assert_eq!(logits.size(), [1, 10]);
/// # Ok::<(), TorchError>(())
/// ```
///
/// The same in PyTorch is `class Small(nn.Module)` with `self.conv = …` line by line in `__init__`; a line
/// sees the children above it, by which weights are tied.
/// A child is itself any [`Module`](crate::nn::Module), one declared by this macro too: its
/// parameters are then called `child.conv.weight`.
#[macro_export]
macro_rules! module {
    (
        $(#[$attribute:meta])*
        $visibility:vis struct $Name:ident($($argument:ident: $Argument:ty),* $(,)?) {
            $(
                $(#[$child_attribute:meta])*
                $child_visibility:vis $child:ident: $Child:ty = $make:expr
            ),* $(,)?
        }
    ) => {
        $(#[$attribute])*
        $visibility struct $Name {
            $(
                $(#[$child_attribute])*
                $child_visibility $child: $crate::nn::Child<$Child>,
            )*
        }

        impl $Name {
            /// A module with the initial values that PyTorch gives it.
            ///
            /// # Errors
            /// What libtorch refuses, a size that is too large above all.
            $visibility fn new($($argument: $Argument),*) -> Result<Self, $crate::TorchError> {
                $(let $child: $Child = $make;)*
                Ok(Self { $($child: $crate::nn::Child::new(stringify!($child), $child)),* })
            }
        }

        impl $crate::nn::Module for $Name {
            fn children(&self) -> Vec<(&str, &dyn $crate::nn::Module)> {
                vec![$(self.$child.named()),*]
            }
        }
    };
}
