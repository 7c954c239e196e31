//! Activations as layers, as in a `torch.nn.Sequential`; elsewhere tch's functions are as good.

use tch::Tensor;

use super::deep_copy::deep_copy_by_clone;
use super::{Forward, ForwardPass, Module};
use crate::{TorchError, native};

/// Implements a layer that has neither tensors nor children: its output has the shape of its input.
macro_rules! computes {
    ($Layer:ident: |$layer:ident, $input:ident| $computed:expr) => {
        impl Forward for $Layer {
            /// Any shape to the same.
            fn forward(
                &self,
                $input: &Tensor,
                _pass: &mut ForwardPass<'_>,
            ) -> Result<Tensor, TorchError> {
                let $layer = self;
                $computed
            }
        }

        impl Module for $Layer {
            deep_copy_by_clone!();
        }
    };
}

/// Layers without arguments, each with its function.
macro_rules! activations {
    ($($(#[$of_layer:meta])* $Layer:ident = $function:ident,)*) => {$(
        $(#[$of_layer])*
        #[derive(Clone, Copy, Debug)]
        pub struct $Layer;

        computes!($Layer: |_layer, input| Ok(input.$function()?));
    )*};
}

/// Layers along a side, each with its function.
macro_rules! activations_along_a_side {
    ($($(#[$of_layer:meta])* $Layer:ident(dim) = $function:ident,)*) => {$(
        $(#[$of_layer])*
        #[derive(Clone, Copy, Debug)]
        pub struct $Layer {
            dim: i64,
        }

        impl $Layer {
            /// A layer along the side `dim`.
            ///
            /// # Errors
            /// No argument is refused; the `Result` is that of all layers.
            pub fn new(dim: i64) -> Result<Self, TorchError> {
                Ok(Self { dim })
            }
        }

        computes!($Layer: |layer, input| Ok(input.$function(layer.dim, None)?));
    )*};
}

/// Layers with options, each with PyTorch's defaults, what it asks of them, and its function.
macro_rules! activations_with_options {
    ($(
        $(#[$of_layer:meta])*
        $Layer:ident by $Builder:ident {
            $($(#[$of_option:meta])* $option:ident: $Type:ty = $default:expr,)+
        }
        $(asks |$asked:ident| $is_good:expr, $words:literal;)?
        computes |$options:ident, $input:ident| $computed:expr;
    )*) => {$(
        $(#[$of_layer])*
        #[derive(Clone, Copy, Debug)]
        pub struct $Layer {
            options: $Builder,
        }

        #[doc = concat!("The arguments of [`", stringify!($Layer), "`] that are not the defaults.")]
        #[derive(Clone, Copy, Debug)]
        pub struct $Builder {
            $($option: $Type,)+
        }

        impl $Layer {
            /// A layer with PyTorch's defaults.
            ///
            /// # Errors
            /// None; all layers are made in one way.
            pub fn new() -> Result<Self, TorchError> {
                Self::builder().build()
            }

            /// A layer whose arguments are to be set.
            pub fn builder() -> $Builder {
                $Builder { $($option: $default,)+ }
            }
        }

        impl $Builder {
            $($(#[$of_option])* pub fn $option(mut self, $option: $Type) -> Self {
                self.$option = $option;
                self
            })+

            /// The layer.
            ///
            /// # Errors
            /// Arguments that PyTorch refuses.
            pub fn build(self) -> Result<$Layer, TorchError> {
                let is_good = true $(&& { let $asked = &self; $is_good })?;
                let words = concat!($($words)?);
                match is_good {
                    true => Ok($Layer { options: self }),
                    false => Err(TorchError::new(words)),
                }
            }
        }

        computes!($Layer: |layer, $input| {
            let $options = &layer.options;
            $computed
        });
    )*};
}

activations! {
    /// `torch.nn.ReLU()`.
    Relu = f_relu,
    /// `torch.nn.ReLU6()`.
    Relu6 = f_relu6,
    /// `torch.nn.SELU()`.
    Selu = f_selu,
    /// `torch.nn.SiLU()`.
    Silu = f_silu,
    /// `torch.nn.Mish()`.
    Mish = f_mish,
    /// `torch.nn.Hardswish()`.
    Hardswish = f_hardswish,
    /// `torch.nn.Hardsigmoid()`.
    Hardsigmoid = f_hardsigmoid,
    /// `torch.nn.Sigmoid()`.
    Sigmoid = f_sigmoid,
    /// `torch.nn.LogSigmoid()`.
    LogSigmoid = f_log_sigmoid,
    /// `torch.nn.Tanh()`.
    Tanh = f_tanh,
}

activations_along_a_side! {
    /// `torch.nn.Softmax(dim)`: values that add up to 1.
    Softmax(dim) = f_softmax,
    /// `torch.nn.LogSoftmax(dim)`: values whose exponentials add up to 1.
    LogSoftmax(dim) = f_log_softmax,
}

activations_with_options! {
    /// `torch.nn.ELU()`.
    ///
    /// ```
    /// use torch_twin::nn::Elu;
    ///
    /// // nn.ELU(0.5)
    /// let layer = Elu::builder().alpha(0.5).build()?;
    /// # let _ = layer;
    /// # Ok::<(), torch_twin::TorchError>(())
    /// ```
    Elu by EluBuilder {
        /// `alpha=1.0`: the negative of the value towards which negative values go.
        alpha: f64 = 1.0,
    }
    computes |options, input| native::elu(input, options.alpha);

    /// `torch.nn.GELU()`.
    ///
    /// ```
    /// use torch_twin::nn::{Approximate, Gelu};
    ///
    /// // nn.GELU(approximate="tanh")
    /// let layer = Gelu::builder().approximate(Approximate::Tanh).build()?;
    /// # let _ = layer;
    /// # Ok::<(), torch_twin::TorchError>(())
    /// ```
    Gelu by GeluBuilder {
        /// `approximate="none"`: how the error function is computed.
        approximate: Approximate = Approximate::None,
    }
    computes |options, input| Ok(input.f_gelu(options.approximate.name())?);

    /// `torch.nn.Hardtanh()`.
    ///
    /// ```
    /// use torch_twin::nn::Hardtanh;
    ///
    /// // nn.Hardtanh(0.0, 6.0)
    /// let layer = Hardtanh::builder().min_val(0.0).max_val(6.0).build()?;
    /// # let _ = layer;
    /// # Ok::<(), torch_twin::TorchError>(())
    /// ```
    Hardtanh by HardtanhBuilder {
        /// `min_val=-1.0`: the least value.
        min_val: f64 = -1.0,
        /// `max_val=1.0`: the largest value.
        max_val: f64 = 1.0,
    }
    asks |options| options.max_val > options.min_val, "max_val must be larger than min_val";
    computes |options, input| native::hardtanh(input, options.min_val, options.max_val);

    /// `torch.nn.LeakyReLU()`.
    ///
    /// ```
    /// use torch_twin::nn::LeakyRelu;
    ///
    /// // nn.LeakyReLU(0.2)
    /// let layer = LeakyRelu::builder().negative_slope(0.2).build()?;
    /// # let _ = layer;
    /// # Ok::<(), torch_twin::TorchError>(())
    /// ```
    LeakyRelu by LeakyReluBuilder {
        /// `negative_slope=0.01`: by what a negative value is multiplied.
        negative_slope: f64 = 0.01,
    }
    computes |options, input| native::leaky_relu(input, options.negative_slope);

    /// `torch.nn.Softplus()`.
    ///
    /// ```
    /// use torch_twin::nn::Softplus;
    ///
    /// // nn.Softplus(beta=2.0)
    /// let layer = Softplus::builder().beta(2.0).build()?;
    /// # let _ = layer;
    /// # Ok::<(), torch_twin::TorchError>(())
    /// ```
    Softplus by SoftplusBuilder {
        /// `beta=1.0`: how sharp the bend is.
        beta: f64 = 1.0,
        /// `threshold=20.0`: from where on `beta · x` is taken as it is.
        threshold: f64 = 20.0,
    }
    computes |options, input| native::softplus(input, options.beta, options.threshold);
}

/// The argument `approximate` of [`GeluBuilder::approximate`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Approximate {
    /// `approximate="none"`: by the error function.
    None,
    /// `approximate="tanh"`.
    Tanh,
}

impl Approximate {
    fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Tanh => "tanh",
        }
    }
}
