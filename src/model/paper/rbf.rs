use tch::{Kind, Tensor};

use super::bitmaps;
use crate::TorchError;
use crate::model::cross_entropy;
use crate::nn::Module;

/// The paper's constant j, for which it gives no value.
///
/// The bitmaps of 3 and 5 differ in 14 pixels, the fewest of all pairs: 14 is the squared distance
/// from one of them to the middle between the two.
const J: f64 = 14.0;

/// The paper's output: Euclidean radial basis function units, one a digit, that answer the
/// stronger, the nearer the input is to their bitmap.
pub struct EuclideanRbf {
    /// 10×84, each value 1 or -1.
    pub bitmaps: Tensor,
}

impl EuclideanRbf {
    /// A unit for each of `num_classes` digits.
    ///
    /// # Errors
    /// Another number than ten: there are no other bitmaps.
    pub fn new(num_classes: i64) -> Result<Self, TorchError> {
        let pixels = (bitmaps::WIDTH * bitmaps::HEIGHT) as i64;
        let bitmaps = Tensor::f_from_slice(&bitmaps::bitmaps())?;
        Ok(Self {
            bitmaps: bitmaps.f_view([num_classes, pixels])?,
        })
    }
}

impl Module for EuclideanRbf {
    fn describe(&self) -> String {
        "Euclidean distances to fixed bitmaps".to_owned()
    }

    /// N×84 to N×10: negative squared distances.
    fn forward(&self, input: &Tensor) -> Result<Tensor, TorchError> {
        let differences = input.f_unsqueeze(1)?.f_sub(&self.bitmaps)?;
        let distances = differences
            .f_square()?
            .f_sum_dim_intlist(2, false, None::<Kind>)?;
        Ok(distances.f_neg()?)
    }

    fn buffers(&self) -> Vec<(&'static str, &Tensor)> {
        vec![("bitmaps", &self.bitmaps)]
    }

    fn multiply_adds(&self, _output: &[i64]) -> i64 {
        self.bitmaps.numel() as i64
    }
}

/// The paper's maximum a posteriori criterion, its equation 9, on negative distances.
///
/// It is cross-entropy with one class more, for rubbish, at the distance j from every image.
///
/// # Errors
/// What libtorch refuses, a label that is no class above all.
pub fn map_criterion(logits: &Tensor, labels: &Tensor) -> Result<Tensor, TorchError> {
    let logits = logits.f_pad([0, 1], "constant", -J)?;
    cross_entropy(&logits, labels)
}
