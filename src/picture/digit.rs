use image::GrayImage;
use tch::Tensor;
use torch_twin::TorchError;

/// Height and width of a digit.
pub const SIDE: u32 = 28;

/// A digit in MNIST's form: ink is light on a black ground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digit {
    pub(super) pixels: GrayImage,
}

impl Digit {
    /// The 28 × 28 pixels, row by row; 255 is full ink.
    pub fn pixels(&self) -> &[u8] {
        self.pixels.as_raw()
    }

    /// The digit as the images of a data set are: 1×28×28, uint8.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn to_tensor(&self) -> Result<Tensor, TorchError> {
        let side = i64::from(SIDE);
        Ok(Tensor::f_from_slice(self.pixels())?.f_view((1, side, side))?)
    }
}
