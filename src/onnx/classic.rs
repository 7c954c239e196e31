use super::{Graph, OnnxError, Value};

/// The graph of [`Classic`](crate::model::Classic).
///
/// # Errors
/// Weights that are not those of such a network.
pub fn classic(graph: &mut Graph<'_>, images: Value) -> Result<Value, OnnxError> {
    let mut x = graph.conv2d("conv1", images)?; // N×6×28×28
    x = graph.tanh(x);
    x = graph.avg_pool2d("pool1", x)?; // N×6×14×14
    x = graph.conv2d("conv2", x)?; // N×16×10×10
    x = graph.tanh(x);
    x = graph.avg_pool2d("pool2", x)?; // N×16×5×5
    x = graph.conv2d("conv3", x)?; // N×120×1×1
    x = graph.tanh(x);
    x = graph.flatten(x); // N×120
    x = graph.linear("fc1", x)?; // N×84
    x = graph.tanh(x);
    graph.linear("fc2", x) // N×num_classes
}
