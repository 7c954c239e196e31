/// What a convolution over `N` sides has beside its tensors, as [`Default`] PyTorch's defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvOptions<const N: usize> {
    /// Values from one place of the kernel to the next.
    pub stride: [i64; N],
    /// Zeros at each edge of the input.
    pub padding: [i64; N],
    /// Values from one value of the kernel to the next.
    pub dilation: [i64; N],
    /// Parts into which the channels fall, each seen by its own kernels.
    pub groups: i64,
}

impl<const N: usize> Default for ConvOptions<N> {
    fn default() -> Self {
        Self {
            stride: [1; N],
            padding: [0; N],
            dilation: [1; N],
            groups: 1,
        }
    }
}
