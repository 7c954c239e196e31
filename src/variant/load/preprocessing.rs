use std::fmt;
use std::str::FromStr;

use tch::Tensor;
use torch_twin::TorchError;
use torch_twin::nn::{Forward, ForwardPass};

use crate::data::PADDING;
use crate::model::Classifier;

/// The images that a network of somebody else's takes, made of N×1×32×32 ones from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preprocessing {
    /// Height and width: 32, or 28, which is without the padding.
    pub side: i64,
    /// What is done to their values.
    pub normalize: Option<Normalize>,
    /// Whether smaller images are padded with zeros after that, as by `nn.Conv2d(…, padding=2)`.
    pub is_padded_after: bool,
}

/// What the user says of the images that a network takes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PreprocessingOptions {
    /// Height and width; by trying where none is named.
    pub side: Option<i64>,
    /// What is done to their values; nothing where none is named.
    pub normalize: Option<Normalize>,
}

/// `transforms.Normalize((mean,), (std,))`: x becomes (x - mean) / std.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalize {
    /// What is taken away.
    pub mean: f64,
    /// What the rest is divided by.
    pub std: f64,
}

impl Preprocessing {
    /// What `data::to_input` gives.
    pub const PLAIN: Self = Self {
        side: 32,
        normalize: None,
        is_padded_after: false,
    };

    /// N×1×32×32 images from 0 to 1, as the network takes them.
    ///
    /// # Errors
    /// What libtorch refuses.
    pub fn prepare(&self, images: &Tensor) -> Result<Tensor, TorchError> {
        let side = images.size().last().copied().unwrap_or(0);
        let is_smaller = self.side < side;
        let cropped = match is_smaller {
            true => images
                .f_narrow(2, PADDING, self.side)?
                .f_narrow(3, PADDING, self.side)?
                .f_contiguous()?,
            false => images.shallow_clone(),
        };
        let normalized = match self.normalize {
            Some(normalize) => normalize.apply(&cropped)?,
            None => cropped,
        };
        match is_smaller && self.is_padded_after {
            true => Ok(normalized.f_constant_pad_nd([PADDING; 4])?),
            false => Ok(normalized),
        }
    }
}

impl Normalize {
    /// As torchvision: with tensors of one value, so that both operations are in float32.
    fn apply(self, images: &Tensor) -> Result<Tensor, TorchError> {
        let value = |value: f64| {
            Ok::<_, TorchError>(
                Tensor::f_from_slice(&[value as f32])?.f_to_device(images.device())?,
            )
        };
        Ok(images.f_sub(&value(self.mean)?)?.f_div(&value(self.std)?)?)
    }
}

impl fmt::Display for Preprocessing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = self.side;
        write!(f, "N×1×{side}×{side} with values from 0 to 1")?;
        match self.normalize {
            None => Ok(()),
            Some(Normalize { mean, std }) => write!(f, ", normalised by {mean} and {std}"),
        }
    }
}

impl FromStr for Normalize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split(',').map(|number| number.trim().parse());
        let numbers: Result<Vec<f64>, _> = numbers.collect();
        match numbers.as_deref() {
            Ok(&[mean, std]) if mean.is_finite() && std.is_normal() && std > 0.0 => {
                Ok(Self { mean, std })
            }
            _ => Err("expected MEAN,STD, such as 0.1307,0.3081".to_owned()),
        }
    }
}

/// A network that is given its images as it takes them.
pub(super) struct Prepared {
    pub classifier: Box<dyn Classifier>,
    pub preprocessing: Preprocessing,
}

impl Forward for Prepared {
    fn forward(&self, images: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        self.classifier
            .forward(&self.preprocessing.prepare(images)?, pass)
    }
}

impl Classifier for Prepared {
    fn loss(&self, logits: &Tensor, labels: &Tensor) -> Result<Tensor, TorchError> {
        self.classifier.loss(logits, labels)
    }
}
