use std::f64::consts::PI;

use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};
use torch_twin::{Generator, TorchError};

/// Random rotation and shift of images, other ones each time; `python_ref/augment.py` is the same
/// in PyTorch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RandomAffine {
    /// The largest rotation either way, in degrees.
    pub rotation: f64,
    /// The largest shift each way, in pixels.
    pub shift: f64,
}

impl RandomAffine {
    /// Images as they are.
    pub const NONE: Self = Self {
        rotation: 0.0,
        shift: 0.0,
    };

    /// Whether this leaves images as they are; then it draws no random numbers.
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }

    /// The sizes for people.
    pub fn in_words(&self) -> String {
        let Self { rotation, shift } = self;
        match self.is_none() {
            true => "none".to_owned(),
            false => format!("±{rotation}°, ±{shift} pixels"),
        }
    }

    /// Rotates and shifts each of N×C×S×S `images` at random, on their device; what comes in from
    /// outside is zero.
    ///
    /// Each image takes three numbers from the generator: of its angle, its shift to the side and
    /// its shift down.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn apply(&self, images: &Tensor, generator: &mut Generator) -> Result<Tensor, TorchError> {
        const BILINEAR: i64 = 0;
        const ZEROS: i64 = 0;
        if self.is_none() {
            return Ok(images.shallow_clone());
        }
        let size = images.size();
        let mut random = Tensor::f_empty([size[0], 3], (Kind::Float, Device::Cpu))?;
        generator.uniform_(&mut random, -1.0, 1.0)?;
        // The grid's coordinates go from -1 to 1 across the image: 2 / S a pixel.
        let side = size[3] as f64;
        let angle = random
            .f_select(1, 0)?
            .f_mul_scalar(self.rotation * PI / 180.0)?;
        let shift = random
            .f_narrow(1, 1, 2)?
            .f_mul_scalar(2.0 * self.shift / side)?;
        let (cos, sin) = (angle.f_cos()?, angle.f_sin()?);
        let (x, y) = (shift.f_select(1, 0)?, shift.f_select(1, 1)?);
        let theta = Tensor::f_stack(&[&cos, &sin.f_neg()?, &x, &sin, &cos, &y], 1)?
            .f_view([-1, 2, 3])?
            .f_to_device(images.device())?;
        let grid = Tensor::f_affine_grid_generator(&theta, size, false)?;
        Ok(images.f_grid_sampler(&grid, BILINEAR, ZEROS, false)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::kind::FLOAT_CPU;

    /// An 8×8 image with one white pixel.
    fn dot() -> Tensor {
        let image = Tensor::zeros([1, 1, 8, 8], FLOAT_CPU);
        let _ = image.get(0).get(0).get(3).get(4).fill_(1.0);
        image
    }

    #[test]
    fn no_augmentation_draws_nothing_and_changes_nothing() {
        let (mut used, fresh) = (Generator::manual_seed(0), Generator::manual_seed(0));
        let image = RandomAffine::NONE.apply(&dot(), &mut used).unwrap();
        assert!(image.equal(&dot()));
        assert_eq!(used.get_state().unwrap(), fresh.get_state().unwrap());
    }

    #[test]
    fn an_image_takes_three_numbers_from_the_generator() {
        let (mut used, mut fresh) = (Generator::manual_seed(0), Generator::manual_seed(0));
        let images = Tensor::cat(&[dot(), dot()], 0);
        let augmentation = RandomAffine {
            rotation: 10.0,
            shift: 2.0,
        };
        let _ = augmentation.apply(&images, &mut used).unwrap();
        fresh
            .uniform_(&mut Tensor::zeros([6], FLOAT_CPU), 0.0, 1.0)
            .unwrap();
        assert_eq!(used.get_state().unwrap(), fresh.get_state().unwrap());
    }

    #[test]
    fn a_shift_moves_the_image_by_that_many_pixels_at_most() {
        let augmentation = RandomAffine {
            rotation: 0.0,
            shift: 1.5,
        };
        let mut generator = Generator::manual_seed(1);
        let images = dot().repeat([500, 1, 1, 1]);
        let moved = augmentation
            .apply(&images, &mut generator)
            .unwrap()
            .sum_dim_intlist([0, 1].as_slice(), false, tch::Kind::Float);
        // Row 3 and a half gets light from 3 ± 1.5, and bilinear sampling widens it by 1.
        for (row, is_lit) in [(0, false), (1, true), (5, true), (6, false)] {
            let light = moved.get(row).sum(tch::Kind::Float).double_value(&[]);
            assert_eq!(light > 0.0, is_lit, "row {row}: {light}");
        }
    }
}
