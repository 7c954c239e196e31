//! The layers of `torch.nn`, in `eval` mode.

use tch::Tensor;
use torch_twin::nn::BatchNorm2d;

use super::graph::{float, int, ints};
use super::messages::DataType;
use super::{Graph, OnnxError, Value};

/// Side and stride of every pooling.
const POOLING: i64 = 2;

impl Graph<'_> {
    /// `nn.Conv2d(in_channels, out_channels, kernel_size)`.
    pub(super) fn conv2d(&mut self, layer: &str, x: Value) -> Result<Value, OnnxError> {
        let weight = self.tensor(&format!("{layer}.weight"))?;
        self.conv2d_with(layer, x, weight)
    }

    /// A convolution whose kernels are `weight`, whatever the layer holds by that name.
    pub(super) fn conv2d_with(
        &mut self,
        layer: &str,
        x: Value,
        weight: &Tensor,
    ) -> Result<Value, OnnxError> {
        let [channels, height, width] = maps(layer, &x)?;
        let [kernels, bias] = ["weight", "bias"].map(|name| format!("{layer}.{name}"));
        let out_channels = self.tensor(&bias)?.numel() as i64;
        let side = weight.size().last().copied().unwrap_or(0);
        if weight.size() != [out_channels, channels, side, side] || side > height.min(width) {
            return Err(OnnxError::Shape {
                name: kernels,
                expected: vec![out_channels, channels, side, side],
                found: weight.size(),
            });
        }
        self.initializer(&kernels, weight)?;
        self.weights(&bias, &[out_channels])?;
        let size = [out_channels, height - side + 1, width - side + 1];
        let output = Value::new(layer, DataType::Float, &size);
        let attributes = vec![ints("kernel_shape", &[side, side])];
        Ok(self.node("Conv", &[&x.name, &kernels, &bias], attributes, output))
    }

    /// `nn.Linear(in_features, out_features)`.
    pub(super) fn linear(&mut self, layer: &str, x: Value) -> Result<Value, OnnxError> {
        let [weight, bias] = ["weight", "bias"].map(|name| format!("{layer}.{name}"));
        let in_features = row(layer, &x)?;
        let out_features = self.tensor(&bias)?.numel() as i64;
        self.weights(&weight, &[out_features, in_features])?;
        self.weights(&bias, &[out_features])?;
        let output = Value::new(layer, DataType::Float, &[out_features]);
        // PyTorch keeps a row for each output.
        let attributes = vec![int("transB", 1)];
        Ok(self.node("Gemm", &[&x.name, &weight, &bias], attributes, output))
    }

    /// `nn.BatchNorm2d(num_features)`.
    pub(super) fn batch_norm2d(&mut self, layer: &str, x: Value) -> Result<Value, OnnxError> {
        let [channels, ..] = maps(layer, &x)?;
        let tensors = ["weight", "bias", "running_mean", "running_var"];
        let tensors = tensors.map(|name| format!("{layer}.{name}"));
        for name in &tensors {
            self.weights(name, &[channels])?;
        }
        let [weight, bias, mean, variance] = &tensors;
        let inputs = [&x.name, weight, bias, mean, variance].map(String::as_str);
        let output = Value::new(layer, DataType::Float, &x.size);
        let attributes = vec![float("epsilon", BatchNorm2d::EPS)];
        Ok(self.node("BatchNormalization", &inputs, attributes, output))
    }

    /// `nn.AvgPool2d(2, 2)`.
    pub(super) fn avg_pool2d(&mut self, layer: &str, x: Value) -> Result<Value, OnnxError> {
        self.pool2d("AveragePool", layer, x)
    }

    /// `nn.MaxPool2d(2, 2)`.
    pub(super) fn max_pool2d(&mut self, layer: &str, x: Value) -> Result<Value, OnnxError> {
        self.pool2d("MaxPool", layer, x)
    }

    fn pool2d(&mut self, operator: &str, layer: &str, x: Value) -> Result<Value, OnnxError> {
        let [channels, height, width] = maps(layer, &x)?;
        let size = [channels, height / POOLING, width / POOLING];
        let output = Value::new(layer, DataType::Float, &size);
        let window = ["kernel_shape", "strides"].map(|name| ints(name, &[POOLING; 2]));
        Ok(self.node(operator, &[&x.name], window.to_vec(), output))
    }

    /// `torch.tanh(x)`.
    pub(super) fn tanh(&mut self, x: Value) -> Value {
        let output = x.then("tanh");
        self.node("Tanh", &[&x.name], vec![], output)
    }

    /// `torch.relu(x)`.
    pub(super) fn relu(&mut self, x: Value) -> Value {
        let output = x.then("relu");
        self.node("Relu", &[&x.name], vec![], output)
    }

    /// `torch.flatten(x, 1)`.
    pub(super) fn flatten(&mut self, x: Value) -> Value {
        let output = Value::new("flatten", x.kind, &[x.size.iter().product()]);
        self.node("Flatten", &[&x.name], vec![int("axis", 1)], output)
    }
}

/// Channels, height and width of the maps that come to a layer.
pub(super) fn maps(layer: &str, x: &Value) -> Result<[i64; 3], OnnxError> {
    let size = <[i64; 3]>::try_from(x.size.as_slice());
    size.map_err(|_| input_error(layer, "maps", x))
}

/// The number of values in the row that comes to a layer.
pub(super) fn row(layer: &str, x: &Value) -> Result<i64, OnnxError> {
    match x.size[..] {
        [count] => Ok(count),
        _ => Err(input_error(layer, "a row of values", x)),
    }
}

fn input_error(layer: &str, expected: &'static str, x: &Value) -> OnnxError {
    OnnxError::Input {
        layer: layer.to_owned(),
        expected,
        found: x.to_string(),
    }
}
