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
