//! The paper under the ink, which light falls on unevenly.

use image::{ImageBuffer, Luma};
use tch::{Kind, Tensor};

use torch_twin::TorchError;

/// A number a pixel.
pub(super) type Plane = ImageBuffer<Luma<f32>, Vec<f32>>;

/// 1, x, y, x², xy and y².
const TERMS: usize = 6;

/// A smooth surface of levels of grey: a sum of the first terms of 1, x, y, x², xy and y².
pub(super) struct Paper {
    coefficients: Vec<f64>,
}

impl Paper {
    /// The surface that lies nearest, by least squares, to those pixels that `is_paper`.
    ///
    /// It has 3 terms where light fades evenly, 6 where it bends.
    pub(super) fn fit(
        picture: &Plane,
        terms: usize,
        is_paper: impl Fn(u32, u32) -> bool,
    ) -> Result<Self, TorchError> {
        let mut products = [[0.0; TERMS]; TERMS];
        let mut sums = [0.0; TERMS];
        for (x, y, level) in picture.enumerate_pixels() {
            if !is_paper(x, y) {
                continue;
            }
            let row = basis(picture, x, y);
            for i in 0..terms {
                sums[i] += row[i] * f64::from(level.0[0]);
                for j in 0..terms {
                    products[i][j] += row[i] * row[j];
                }
            }
        }
        let used = products[..terms].iter().flat_map(|row| &row[..terms]);
        let matrix = Tensor::f_from_slice(&used.copied().collect::<Vec<f64>>())?
            .f_view((terms as i64, terms as i64))?;
        let right_side = Tensor::f_from_slice(&sums[..terms])?.f_unsqueeze(1)?;
        // This driver solves what has many solutions too, as with a picture one pixel high.
        let (solution, ..) = matrix.f_linalg_lstsq(&right_side, None, "gelsd")?;
        let solution = solution.f_view(-1)?.f_to_kind(Kind::Double)?;
        Ok(Self {
            coefficients: Vec::try_from(&solution)?,
        })
    }

    /// How far each pixel of `picture` is above the paper.
    pub(super) fn height_above(&self, picture: &Plane) -> Plane {
        Plane::from_fn(picture.width(), picture.height(), |x, y| {
            let terms = self.coefficients.iter().zip(basis(picture, x, y));
            let paper: f64 = terms.map(|(coefficient, term)| coefficient * term).sum();
            Luma([picture.get_pixel(x, y).0[0] - paper as f32])
        })
    }
}

/// The terms at a pixel; x and y run from -1 to 1.
fn basis(picture: &Plane, x: u32, y: u32) -> [f64; TERMS] {
    let along =
        |position: u32, length: u32| (2.0 * f64::from(position) + 1.0) / f64::from(length) - 1.0;
    let (x, y) = (along(x, picture.width()), along(y, picture.height()));
    [1.0, x, y, x * x, x * y, y * y]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_surface_that_bends_is_found_under_ink() {
        let level = |x: u32, y: u32| 0.3 + 0.002 * x as f32 + 0.00001 * (y * y) as f32;
        let is_ink = |x: u32, y: u32| (40..50).contains(&x) && (20..60).contains(&y);
        let picture = Plane::from_fn(90, 80, |x, y| {
            Luma([if is_ink(x, y) { 0.9 } else { level(x, y) }])
        });
        let paper = Paper::fit(&picture, 6, |x, y| !is_ink(x, y)).expect("it can be solved");
        let height = paper.height_above(&picture);
        for (x, y, found) in height.enumerate_pixels() {
            let expected = if is_ink(x, y) { 0.9 - level(x, y) } else { 0.0 };
            assert!((found.0[0] - expected).abs() < 1e-4, "{x} {y}: {found:?}");
        }
    }
}
