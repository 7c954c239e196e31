//! The rows of the tutorial's table of layers, in words.

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
pub const PAPER: &[LayerRow] = &paper("fully connected");

/// The layers of `paper-rbf`.
pub const PAPER_RBF: &[LayerRow] = &paper("Euclidean distances to fixed bitmaps");

const fn paper(output: &'static str) -> [LayerRow; 7] {
    const C1: &str = "6 kernels 5×5, stride 1, scaled tanh";
    const SUBSAMPLING: &str = "2×2 average, stride 2, trained coefficient and bias, scaled tanh";
    const C3: &str = "16 kernels 5×5, stride 1, partially connected, scaled tanh";
    const C5: &str = "120 kernels 5×5, stride 1, scaled tanh";
    [
        row("C1", "conv1", C1, KERNEL),
        row("S2", "pool1", SUBSAMPLING, POOLING),
        row("C3", "conv2", C3, KERNEL),
        row("S4", "pool2", SUBSAMPLING, POOLING),
        row("C5", "conv3", C5, KERNEL),
        row("F6", "fc1", "fully connected, scaled tanh", None),
        row("output", "fc2", output, None),
    ]
}

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

/// The square window that a convolution or a pooling slides over its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Side of the window, F.
    side: usize,
    /// Distance between two places of the window, S.
    stride: usize,
    /// Zeros at each edge of the input, P.
    padding: usize,
}

impl Window {
    /// A window without padding.
    pub const fn new(side: usize, stride: usize) -> Self {
        Self {
            side,
            stride,
            padding: 0,
        }
    }

    /// The side of the output for an input of side W, O = (W - F + 2P) / S + 1, as it is worked out
    /// on paper.
    pub fn work_out(self, input_side: usize) -> String {
        let Self {
            side,
            stride,
            padding,
        } = self;
        let output_side = (input_side - side + 2 * padding) / stride + 1;
        format!("({input_side} - {side} + 2·{padding}) / {stride} + 1 = {output_side}")
    }
}
