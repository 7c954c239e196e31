/// The window that a convolution or a pooling slides over its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Side of the window, F.
    pub side: i64,
    /// Distance between two places of the window, S.
    pub stride: i64,
    /// Zeros at each edge of the input, P.
    pub padding: i64,
}

impl Window {
    /// The side of the output for an input of side W: O = (W - F + 2P) / S + 1.
    ///
    /// ```no_run
    /// # use lenet5::nn::Window;
    /// let window = Window { side: 5, stride: 1, padding: 0 };
    /// assert_eq!(window.output_side(32), 28);
    /// ```
    pub fn output_side(self, input_side: i64) -> i64 {
        (input_side - self.side + 2 * self.padding) / self.stride + 1
    }

    /// The same, as it is worked out on paper.
    pub fn work_out(self, input_side: i64) -> String {
        let Self {
            side,
            stride,
            padding,
        } = self;
        let output_side = self.output_side(input_side);
        format!("({input_side} - {side} + 2·{padding}) / {stride} + 1 = {output_side}")
    }
}
