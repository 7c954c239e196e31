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

/// The graph of [`Modern`](crate::model::Modern).
///
/// # Errors
/// Weights that are not those of such a network.
pub fn modern(graph: &mut Graph<'_>, images: Value) -> Result<Value, OnnxError> {
    let mut x = graph.conv2d("conv1", images)?; // N×6×28×28
    x = graph.batch_norm2d("bn1", x)?;
    x = graph.relu(x);
    x = graph.max_pool2d("pool1", x)?; // N×6×14×14
    x = graph.conv2d("conv2", x)?; // N×16×10×10
    x = graph.batch_norm2d("bn2", x)?;
    x = graph.relu(x);
    x = graph.max_pool2d("pool2", x)?; // N×16×5×5
    x = graph.conv2d("conv3", x)?; // N×120×1×1
    x = graph.batch_norm2d("bn3", x)?;
    x = graph.relu(x);
    x = graph.flatten(x); // N×120
    x = graph.linear("fc1", x)?; // N×84
    x = graph.relu(x);
    graph.linear("fc2", x) // N×num_classes
}

/// The graph of [`Paper`](crate::model::Paper) with
/// [`Output::Linear`](crate::model::paper::Output::Linear).
///
/// # Errors
/// Weights that are not those of such a network.
pub fn paper(graph: &mut Graph<'_>, images: Value) -> Result<Value, OnnxError> {
    let x = hidden_layers(graph, images)?;
    graph.linear("fc2", x) // N×num_classes
}

/// The graph of [`Paper`](crate::model::Paper) with
/// [`Output::Rbf`](crate::model::paper::Output::Rbf).
///
/// # Errors
/// Weights that are not those of such a network.
pub fn paper_rbf(graph: &mut Graph<'_>, images: Value) -> Result<Value, OnnxError> {
    let x = hidden_layers(graph, images)?;
    graph.euclidean_rbf("fc2", x) // N×10
}

fn hidden_layers(graph: &mut Graph<'_>, images: Value) -> Result<Value, OnnxError> {
    let mut x = graph.grey_levels(images); // N×1×32×32
    x = graph.conv2d("conv1", x)?; // N×6×28×28
    x = graph.squash(x);
    x = graph.subsampling("pool1", x)?; // N×6×14×14
    x = graph.squash(x);
    x = graph.partial_conv2d("conv2", x)?; // N×16×10×10
    x = graph.squash(x);
    x = graph.subsampling("pool2", x)?; // N×16×5×5
    x = graph.squash(x);
    x = graph.conv2d("conv3", x)?; // N×120×1×1
    x = graph.squash(x);
    x = graph.flatten(x); // N×120
    x = graph.linear("fc1", x)?; // N×84
    Ok(graph.squash(x))
}
