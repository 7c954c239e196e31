//! The layers that only the network of 1998 has.

use crate::model::paper::{AMPLITUDE, BACKGROUND, CONTRAST, PartialConv2d, SLOPE};
use crate::onnx::graph::{int, ints};
use crate::onnx::layers::{maps, row};
use crate::onnx::messages::DataType;
use crate::onnx::{Graph, OnnxError, Value};

impl Graph<'_> {
    /// From [0, 1] to the levels of the paper.
    pub(super) fn grey_levels(&mut self, images: Value) -> Value {
        self.scalar("contrast", CONTRAST);
        self.scalar("background", BACKGROUND);
        let output = images.then("contrast");
        let x = self.node("Mul", &[&images.name, "contrast"], vec![], output);
        let output = images.then("background");
        self.node("Sub", &[&x.name, "background"], vec![], output)
    }

    /// The scaled hyperbolic tangent.
    pub(super) fn squash(&mut self, x: Value) -> Value {
        self.scalar("slope", SLOPE);
        self.scalar("amplitude", AMPLITUDE);
        let sloped = self.node("Mul", &[&x.name, "slope"], vec![], x.then("slope"));
        let tanh = self.node("Tanh", &[&sloped.name], vec![], x.then("tanh"));
        let output = x.then("amplitude");
        self.node("Mul", &[&tanh.name, "amplitude"], vec![], output)
    }

    /// [`Subsampling`](crate::model::paper::Subsampling): its own output comes last.
    pub(super) fn subsampling(&mut self, layer: &str, x: Value) -> Result<Value, OnnxError> {
        let [channels, ..] = maps(layer, &x)?;
        let [weight, bias] = ["weight", "bias"].map(|name| format!("{layer}.{name}"));
        self.weights(&weight, &[channels, 1, 1])?;
        self.weights(&bias, &[channels, 1, 1])?;
        let average = self.avg_pool2d(&format!("{layer}.average"), x)?;
        let output = Value::new(layer, DataType::Float, &average.size);
        let product = output.then("product");
        let product = self.node("Mul", &[&average.name, &weight], vec![], product);
        Ok(self.node("Add", &[&product.name, &bias], vec![], output))
    }

    /// [`PartialConv2d`] as a full convolution: its kernels among zeros where table I has none.
    ///
    /// That is what the network itself computes. Scattering the kernels inside the graph would keep
    /// their 60×5×5, but many a runtime takes no convolution whose kernels are computed.
    pub(super) fn partial_conv2d(&mut self, layer: &str, x: Value) -> Result<Value, OnnxError> {
        let weight = self.tensor(&format!("{layer}.weight"))?;
        let kernels = self.tensor(&format!("{layer}.kernels"))?;
        let full = PartialConv2d::among_zeros(weight, kernels)?;
        self.conv2d_with(layer, x, &full)
    }

    /// [`EuclideanRbf`](crate::model::paper::EuclideanRbf): its own output comes last.
    pub(super) fn euclidean_rbf(&mut self, layer: &str, x: Value) -> Result<Value, OnnxError> {
        let bitmaps = format!("{layer}.bitmaps");
        let pixels = row(layer, &x)?;
        let classes = self.tensor(&bitmaps)?.size().first().copied().unwrap_or(0);
        self.weights(&bitmaps, &[classes, pixels])?;
        let output = Value::new(layer, DataType::Float, &[classes]);
        let inner = |word, size: &[i64]| Value::new(&output.then(word).name, output.kind, size);

        self.integers("class_axis", &[1]);
        let input = inner("input", &[1, pixels]);
        let input = self.node("Unsqueeze", &[&x.name, "class_axis"], vec![], input);
        let differences = inner("differences", &[classes, pixels]);
        let differences = self.node("Sub", &[&input.name, &bitmaps], vec![], differences);
        let over_pixels = vec![ints("axes", &[2]), int("keepdims", 0)];
        let sum = "ReduceSumSquare";
        let distances = output.then("distances");
        let distances = self.node(sum, &[&differences.name], over_pixels, distances);
        Ok(self.node("Neg", &[&distances.name], vec![], output))
    }
}
