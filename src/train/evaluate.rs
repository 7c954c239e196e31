use serde::Serialize;
use tch::{Device, Tensor};

use crate::TorchError;
use crate::data::{Split, to_input};
use crate::model::Network;

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

/// Runs `network` over all images of `split`, in order.
///
/// # Errors
/// What libtorch refuses, too little memory above all.
pub fn evaluate(
    network: &dyn Network,
    split: &Split,
    num_classes: i64,
    batch_size: usize,
    device: Device,
) -> Result<Evaluation, TorchError> {
    let _no_grad = tch::no_grad_guard();
    let mut total_loss = 0.0;
    let mut confusion = vec![vec![0; num_classes as usize]; num_classes as usize];
    let order: Vec<i64> = (0..split.len()).collect();
    for indices in order.chunks(batch_size) {
        let (images, labels) = split.select(indices)?;
        let labels = labels.f_to_device(device)?;
        let logits = network.forward(&to_input(&images, device)?)?;
        let loss = network.loss(&logits, &labels)?.f_double_value(&[])?;
        total_loss += loss * indices.len() as f64;
        for (label, prediction) in integers(&labels)?.into_iter().zip(predictions(&logits)?) {
            confusion[label as usize][prediction as usize] += 1;
        }
    }
    Ok(Evaluation {
        loss: total_loss / order.len() as f64,
        correct: (0..num_classes as usize)
            .map(|class| confusion[class][class])
            .sum(),
        total: order.len() as u64,
        confusion,
    })
}

fn predictions(logits: &Tensor) -> Result<Vec<i64>, TorchError> {
    integers(&logits.f_argmax(1, false)?)
}

fn integers(tensor: &Tensor) -> Result<Vec<i64>, TorchError> {
    Ok(Vec::<i64>::try_from(&tensor.f_to_device(Device::Cpu)?)?)
}
