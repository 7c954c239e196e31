//! The rows of the tutorial's table of layers, in words.

use super::window::Window;

/// A layer's row, but for what its tensors tell.
#[derive(Clone, Copy)]
pub struct LayerRow {
    /// The paper's name for it, such as `C1`.
    pub label: &'static str,
    /// The attribute's name in PyTorch, such as `conv1`.
    pub name: &'static str,
    /// What it does, and what its outputs then go through.
    pub operation: &'static str,
    /// The window that slides over its input, if one does.
    pub window: Option<Window>,
}

const KERNEL: Option<Window> = Some(Window::new(5, 1));
const POOLING: Option<Window> = Some(Window::new(2, 2));

/// The layers of `classic`.
pub const CLASSIC: &[LayerRow] = &[
    row("C1", "conv1", "6 kernels 5×5, stride 1, tanh", KERNEL),
    row("S2", "pool1", "2×2 average, stride 2", POOLING),
    row("C3", "conv2", "16 kernels 5×5, stride 1, tanh", KERNEL),
    row("S4", "pool2", "2×2 average, stride 2", POOLING),
    row("C5", "conv3", "120 kernels 5×5, stride 1, tanh", KERNEL),
    row("F6", "fc1", "fully connected, tanh", None),
    row("output", "fc2", "fully connected", None),
];

/// The layers of `modern`.
pub const MODERN: &[LayerRow] = &[
    row("C1", "conv1", "6 kernels 5×5, stride 1", KERNEL),
    row("C1", "bn1", "batch normalisation, ReLU", None),
    row("S2", "pool1", "2×2 maximum, stride 2", POOLING),
    row("C3", "conv2", "16 kernels 5×5, stride 1", KERNEL),
    row("C3", "bn2", "batch normalisation, ReLU", None),
    row("S4", "pool2", "2×2 maximum, stride 2", POOLING),
    row("C5", "conv3", "120 kernels 5×5, stride 1", KERNEL),
    row("C5", "bn3", "batch normalisation, ReLU", None),
    row("F6", "fc1", "fully connected, ReLU", None),
    row("output", "fc2", "fully connected", None),
];

/// The layers of `paper`.
pub const PAPER: &[LayerRow] = &[
    PAPER_BODY[0],
    PAPER_BODY[1],
    PAPER_BODY[2],
    PAPER_BODY[3],
    PAPER_BODY[4],
    PAPER_BODY[5],
    row("output", "fc2", "fully connected", None),
];

/// The layers of `paper-rbf`.
pub const PAPER_RBF: &[LayerRow] = &[
    PAPER_BODY[0],
    PAPER_BODY[1],
    PAPER_BODY[2],
    PAPER_BODY[3],
    PAPER_BODY[4],
    PAPER_BODY[5],
    row("output", "fc2", "Euclidean distances to fixed bitmaps", None),
];

const SUBSAMPLING: &str = "2×2 average, stride 2, trained coefficient and bias, scaled tanh";
const PARTIAL: &str = "16 kernels 5×5, stride 1, partially connected, scaled tanh";

/// What `paper` and `paper-rbf` share.
const PAPER_BODY: [LayerRow; 6] = [
    row("C1", "conv1", "6 kernels 5×5, stride 1, scaled tanh", KERNEL),
    row("S2", "pool1", SUBSAMPLING, POOLING),
    row("C3", "conv2", PARTIAL, KERNEL),
    row("S4", "pool2", SUBSAMPLING, POOLING),
    row("C5", "conv3", "120 kernels 5×5, stride 1, scaled tanh", KERNEL),
    row("F6", "fc1", "fully connected, scaled tanh", None),
];

const fn row(
    label: &'static str,
    name: &'static str,
    operation: &'static str,
    window: Option<Window>,
) -> LayerRow {
    LayerRow {
        label,
        name,
        operation,
        window,
    }
}
