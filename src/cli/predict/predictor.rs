use anyhow::{Context, ensure};
use lenet5::data::to_input;
use lenet5::model::Classifier;
use lenet5::picture::Digit;
use tch::{Device, Kind, Tensor};
use torch_twin::TorchError;

use super::answer::{Answer, Guess, ranking};
use super::sources::Source;

/// As many as `eval` computes at once, so that both give the same logits.
pub const DEFAULT_BATCH_SIZE: usize = 1000;

/// A picture that was read, and is about to be looked at by the network.
pub struct Picture {
    pub source: Source,
    pub digits: Vec<Digit>,
}

/// A network that looks at digits in batches of one size.
pub struct Predictor {
    pub classifier: Box<dyn Classifier>,
    pub device: Device,
    pub batch_size: usize,
}

impl Predictor {
    pub fn predict(&self, pictures: Vec<Picture>) -> anyhow::Result<Vec<Answer>> {
        let mut rows = Vec::new();
        let digits: Vec<&Digit> = pictures
            .iter()
            .flat_map(|picture| &picture.digits)
            .collect();
        for batch in digits.chunks(self.batch_size) {
            let logits = self.logits(batch)?;
            let probabilities = logits.f_softmax(-1, Kind::Float)?;
            let [logits, probabilities] =
                [logits, probabilities].map(|tensor| Vec::<Vec<f32>>::try_from(&tensor));
            rows.extend(logits?.into_iter().zip(probabilities?));
        }
        let mut rows = rows.into_iter();
        let answers = pictures.into_iter().map(|Picture { source, digits }| {
            let guesses = digits.into_iter().zip(&mut rows);
            let guesses =
                guesses.map(|(digit, (logits, probabilities))| guess(digit, logits, probabilities));
            match guesses.collect::<anyhow::Result<_>>() {
                Ok(digits) => Ok(Answer { source, digits }),
                Err(error) => Err(error).with_context(|| source.shown()),
            }
        });
        answers.collect()
    }

    /// N×classes, on the CPU.
    ///
    /// libtorch has other kernels for other numbers of images, and they round differently. So the
    /// batch is filled up, and a picture has the same logits alone, in a folder and in `eval`.
    fn logits(&self, digits: &[&Digit]) -> Result<Tensor, TorchError> {
        let _no_grad = tch::no_grad_guard();
        let images: Result<Vec<_>, _> = digits.iter().map(|digit| digit.to_tensor()).collect();
        let images = Tensor::f_cat(&images?, 0)?;
        let filled_to = self.batch_size.min(DEFAULT_BATCH_SIZE);
        let missing = filled_to.saturating_sub(digits.len()) as i64;
        let filled = images.f_constant_pad_nd([0, 0, 0, 0, 0, missing])?;
        let logits = self.classifier.logits(&to_input(&filled, self.device)?)?;
        let logits = logits.f_narrow(0, 0, digits.len() as i64)?;
        Ok(logits.f_to_device(Device::Cpu)?)
    }
}

fn guess(digit: Digit, logits: Vec<f32>, probabilities: Vec<f32>) -> anyhow::Result<Guess> {
    ensure!(
        logits.iter().all(|logit| logit.is_finite()),
        "its logits are infinite or NaN: the weights are too large"
    );
    let ranking = ranking(&probabilities);
    let class = *ranking
        .first()
        .context("the network tells no classes apart")?;
    Ok(Guess {
        digit,
        class,
        logits,
        probabilities,
    })
}
