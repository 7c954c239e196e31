/// Declares a module by its lines, each with what makes it: the struct, `new`, and the names of its
/// parameters, buffers and children, in the order of the lines.
///
/// ```
/// use torch_twin::prelude::*;
///
/// module! {
///     /// A small network.
///     pub struct Small(num_classes: usize, generator: &mut Generator) {
///         /// 8×8 to 4×4.
///         conv: Conv2d = Conv2d::builder(1, 3, 3).stride(2).padding(1).build(generator)?,
///         pool: AvgPool2d = AvgPool2d::new(2)?,
///         fc: Linear = Linear::new(12, num_classes, generator)?,
///     }
/// }
///
/// impl Forward for Small {
///     fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor> {
///         let x = self.conv.forward(x, pass)?.f_relu()?; // N×3×4×4
///         let x = self.pool.forward(&x, pass)?.f_flatten(1, -1)?; // N×12
///         self.fc.forward(&x, pass) // N×num_classes
///     }
/// }
///
/// let small = Small::new(10, &mut Generator::manual_seed(0))?;
/// let names: Vec<_> = small.state_dict().names().map(str::to_owned).collect();
/// assert_eq!(names, ["conv.weight", "conv.bias", "fc.weight", "fc.bias"]);
/// let images = Tensor::ones([1, 1, 8, 8], (Kind::Float, Device::Cpu));
/// let logits = small.forward(&images, &mut ForwardPass::eval())?;
/// assert_eq!(logits.size(), [1, 10]);
/// # Ok::<(), TorchError>(())
/// ```
///
/// The same in PyTorch is `class Small(nn.Module)` with `self.conv = …` line by line in `__init__`. A line
/// sees the values of the lines above it, by which weights are tied: `fc.weight.shallow_clone()`.
///
/// | line | in `__init__` |
/// | --- | --- |
/// | `fc: Linear = …` | `self.fc = nn.Linear(…)`: a child, which is any [`Module`](crate::nn::Module) |
/// | `downsample: Option<Sequential> = …` | `self.downsample = None`, or a child |
/// | `act: Box<dyn Layer> = …` | `self.act = act`: a child whose type the caller chooses |
/// | `param token: Tensor = …` | `self.token = nn.Parameter(…)`; the type may be `Option<Tensor>` |
/// | `buffer mean: Tensor = …` | `self.register_buffer("mean", …)`; the type may be `Option<Tensor>` |
/// | `field stride: usize = …` | `self.stride = …`: a plain value of any type |
/// | `#[name = "type"] type_: Linear = …` | `self.type = …`: a name that Rust does not take |
///
/// ```
/// use torch_twin::prelude::*;
///
/// module! {
///     struct Residual(inp: usize, oup: usize, generator: &mut Generator) {
///         field use_res_connect: bool = inp == oup,
///         param scale: Tensor = Tensor::f_ones([oup as i64], (Kind::Float, Device::Cpu))?,
///         #[name = "0"]
///         first: Linear = Linear::new(inp, oup, generator)?,
///         drop: Option<Dropout> = None,
///     }
/// }
///
/// impl Forward for Residual {
///     fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor> {
///         let mut y = self.first.forward(x, pass)?.f_mul(&self.scale)?;
///         if let Some(drop) = &self.drop {
///             y = drop.forward(&y, pass)?;
///         }
///         match self.use_res_connect {
///             true => Ok(x.f_add(&y)?),
///             false => Ok(y),
///         }
///     }
/// }
///
/// let residual = Residual::new(4, 4, &mut Generator::manual_seed(0))?;
/// let names: Vec<_> = residual.state_dict().names().map(str::to_owned).collect();
/// assert_eq!(names, ["scale", "0.weight", "0.bias"]);
/// # Ok::<(), TorchError>(())
/// ```
///
/// Attributes of a line go to its field; `cfg` and the levels of lints (`allow`, …) go to all that comes of
/// the line. The struct may have type parameters and a `where` clause after the arguments.
#[macro_export]
macro_rules! module {
    ($($declaration:tt)*) => {
        $crate::__private::module! { [$crate] $($declaration)* }
    };
}
