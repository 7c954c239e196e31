use serde::Serialize;
use tch::{Device, Kind, Tensor};
use torch_twin::data::DataLoader;
use torch_twin::{Generator, TorchError};

use crate::data::{Split, to_input};
use crate::model::Classifier;

/// How well a network does on a set of images.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// Mean loss over all images.
    pub loss: f64,
    /// Images whose class was the one with the largest logit.
    pub correct: u64,
    /// All images.
    pub total: u64,
    /// Counts of images: a row a true class, a column a predicted one.
    pub confusion: Vec<Vec<u64>>,
    /// The images that got a wrong answer, in their order.
    #[serde(skip)]
    pub mistakes: Vec<Mistake>,
}

/// An image that got a wrong answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistake {
    /// Its place among the images.
    pub image: usize,
    /// Its class.
    pub truth: usize,
    /// The class that was answered.
    pub answer: usize,
    /// The answer's probability, from 0 to 1.
    pub probability: f32,
}

impl Evaluation {
    /// Correct answers in per cent.
    pub fn accuracy(&self) -> f64 {
        100.0 * self.correct as f64 / self.total as f64
    }

    /// Correct answers in per cent among the images of each class; none where it has no image.
    pub fn class_accuracies(&self) -> Vec<Option<f64>> {
        let per_class = self.confusion.iter().enumerate().map(|(class, row)| {
            let total: u64 = row.iter().sum();
            (total > 0).then(|| 100.0 * row[class] as f64 / total as f64)
        });
        per_class.collect()
    }
}

/// Runs `classifier` over all images of `test_loader`, which draws a seed from `generator`.
///
/// # Errors
/// Logits of another number of classes from batch to batch, and what libtorch refuses.
pub fn evaluate(
    classifier: &dyn Classifier,
    test_loader: &DataLoader<'_, Split>,
    device: Device,
    generator: &mut Generator,
) -> Result<Evaluation, TorchError> {
    let _no_grad = tch::no_grad_guard();
    let mut total_loss = 0.0;
    let mut confusion = Confusion::default();
    for batch in test_loader.iter(generator)? {
        let (bytes, labels) = batch?;
        let labels = labels.f_to_device(device)?;
        let logits = classifier.logits(&to_input(&bytes, device)?)?;
        check_finite(&logits, confusion.total())?;
        let loss = classifier.loss(&logits, &labels)?.f_double_value(&[])?;
        total_loss += loss * labels.size()[0] as f64;
        confusion.count(&logits, &labels)?;
    }
    let total = test_loader.dataset().len();
    Ok(Evaluation {
        loss: total_loss / total as f64,
        correct: confusion.correct(),
        total: total as u64,
        confusion: confusion.counts,
        mistakes: confusion.mistakes,
    })
}

/// Counts of images: a row a true class, a column a predicted one; and those that are wrong.
#[derive(Default)]
struct Confusion {
    counts: Vec<Vec<u64>>,
    mistakes: Vec<Mistake>,
}

impl Confusion {
    /// Adds N×classes logits and N labels, which are classes.
    fn count(&mut self, logits: &Tensor, labels: &Tensor) -> Result<(), TorchError> {
        let classes = logits.size()[1] as usize;
        if self.counts.is_empty() {
            self.counts = vec![vec![0; classes]; classes];
        }
        if self.counts.len() != classes {
            return Err(TorchError::new(&format!(
                "{classes} logits an image, where earlier ones got {}",
                self.counts.len()
            )));
        }
        let predictions = integers(&logits.f_argmax(1, false)?)?;
        let probabilities = logits.f_softmax(1, Kind::Float)?.f_amax(1, false)?;
        let probabilities = Vec::<f32>::try_from(&probabilities.f_to_device(Device::Cpu)?)?;
        let answers = predictions.into_iter().zip(probabilities);
        for (image, (label, (answer, probability))) in
            (self.total() as usize..).zip(integers(labels)?.into_iter().zip(answers))
        {
            let (truth, answer) = (label as usize, answer as usize);
            self.counts[truth][answer] += 1;
            if truth != answer {
                self.mistakes.push(Mistake {
                    image,
                    truth,
                    answer,
                    probability,
                });
            }
        }
        Ok(())
    }

    fn total(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    fn correct(&self) -> u64 {
        let rows = self.counts.iter().enumerate();
        rows.map(|(class, row)| row[class]).sum()
    }
}

/// Refuses logits that no answer can be made of; the first is that of the image `start`.
fn check_finite(logits: &Tensor, start: u64) -> Result<(), TorchError> {
    let finite = logits.f_isfinite()?.f_all_dim(1, false)?;
    match integers(&finite)?
        .iter()
        .position(|&is_finite| is_finite == 0)
    {
        None => Ok(()),
        Some(index) => Err(TorchError::new(&format!(
            "the logits of image {} are infinite or NaN: the weights are too large",
            start + index as u64
        ))),
    }
}

fn integers(tensor: &Tensor) -> Result<Vec<i64>, TorchError> {
    Ok(Vec::<i64>::try_from(&tensor.f_to_device(Device::Cpu)?)?)
}
