use tch::{Kind, Tensor};
use torch_twin::Result;
use torch_twin::nn::{Forward, ForwardPass, Module, functional};

use super::bitmaps;

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
    pub fn new(num_classes: usize) -> Result<Self> {
        let pixels = (bitmaps::WIDTH * bitmaps::HEIGHT) as i64;
        let bitmaps = Tensor::f_from_slice(&bitmaps::bitmaps())?;
        Ok(Self {
            bitmaps: bitmaps.f_view([num_classes as i64, pixels])?,
        })
    }
}

impl Forward for EuclideanRbf {
    /// N×84 to N×10: negative squared distances.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor> {
        let differences = input.f_unsqueeze(1)?.f_sub(&self.bitmaps)?;
        let distances = differences
            .f_square()?
            .f_sum_dim_intlist(2, false, None::<Kind>)?;
        Ok(distances.f_neg()?)
    }
}

impl Module for EuclideanRbf {
    fn own_buffers(&self) -> Vec<(&str, &Tensor)> {
        vec![("bitmaps", &self.bitmaps)]
    }
}

/// The paper's maximum a posteriori criterion, its equation 9, on negative distances.
///
/// It is cross-entropy with one class more, for rubbish, at the distance j from every image.
pub fn map_criterion(logits: &Tensor, labels: &Tensor) -> Result<Tensor> {
    functional::cross_entropy(&logits.f_pad([0, 1], "constant", -J)?, labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_bitmap_wins() {
        let rbf = EuclideanRbf::new(10).unwrap();
        let logits = rbf.forward(&rbf.bitmaps, &mut ForwardPass::eval()).unwrap();
        let nearest = Vec::<i64>::try_from(logits.argmax(1, false)).unwrap();
        assert_eq!(nearest, (0..10).collect::<Vec<_>>());
        assert_eq!(logits.double_value(&[3, 3]), 0.0);
        // The least of all distances between bitmaps: 14 pixels, each 2 apart.
        assert_eq!(logits.double_value(&[3, 5]), -56.0);
    }

    #[test]
    fn there_are_bitmaps_for_ten_classes_only() {
        assert!(EuclideanRbf::new(11).is_err());
        assert!(EuclideanRbf::new(9).is_err());
    }
}
