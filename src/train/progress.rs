use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How far a training is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Whole epochs done.
    pub epoch: u32,
    /// Steps done in the epoch that follows them.
    pub step: usize,
    /// Sum, over the images of those steps, of the mean loss of their batch.
    pub total_loss: f64,
    /// Loss of the last of those steps; 0 before the first.
    pub last_loss: f64,
    /// Right answers in those steps; none where a step of an earlier version did not count them.
    #[serde(default)]
    pub correct: Option<u64>,
    /// Time that those steps took.
    pub seconds: f64,
}

impl Progress {
    /// So many whole epochs.
    pub fn after(epoch: u32) -> Self {
        Self {
            epoch,
            step: 0,
            total_loss: 0.0,
            last_loss: 0.0,
            correct: Some(0),
            seconds: 0.0,
        }
    }

    /// Notes a step that took so long.
    pub(super) fn add(&mut self, step: &Step, duration: Duration) {
        self.step += 1;
        self.last_loss = step.loss;
        self.total_loss += step.loss * step.images as f64;
        self.correct = self
            .correct
            .map(|correct| correct.saturating_add(step.correct));
        self.seconds += duration.as_secs_f64();
    }
}

/// What one step of training did.
pub struct Step {
    /// Mean loss of the batch, before the update.
    pub loss: f64,
    /// Images in the batch.
    pub images: usize,
    /// Right answers among them, before the update.
    pub correct: u64,
}

/// What one epoch of training did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochMetrics {
    /// The epoch's number, from 1.
    pub epoch: u32,
    /// The learning rate.
    pub lr: f64,
    /// Loss of the last batch.
    pub last_loss: f64,
    /// Mean loss over all images, each as it was when its turn came.
    pub mean_loss: f64,
    /// Correct answers among them, in per cent; none where they were not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
    /// Duration of the epoch's training.
    pub seconds: f64,
    /// Training images a second.
    pub images_per_second: f64,
    /// When it ended, in UTC as RFC 3339 has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<String>,
    /// Mean loss over the images that are held out, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_loss: Option<f64>,
    /// Correct answers among them, in per cent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_accuracy: Option<f64>,
    /// Mean loss over the test images, where each epoch is tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_loss: Option<f64>,
    /// Correct answers among them, in per cent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_accuracy: Option<f64>,
}

impl EpochMetrics {
    /// The figures of `epochs` as CSV, a line each; what an epoch has not is empty.
    pub fn csv(epochs: &[Self]) -> String {
        const HEADER: &str = "epoch,lr,last_loss,mean_loss,accuracy,seconds,images_per_second,\
                              validation_loss,validation_accuracy,finished\n";
        let optional = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
        let lines = epochs.iter().map(|epoch| {
            format!(
                "{},{},{},{},{},{},{},{},{},{}\n",
                epoch.epoch,
                epoch.lr,
                epoch.last_loss,
                epoch.mean_loss,
                optional(epoch.accuracy),
                epoch.seconds,
                epoch.images_per_second,
                optional(epoch.validation_loss),
                optional(epoch.validation_accuracy),
                epoch.finished.as_deref().unwrap_or_default()
            )
        });
        HEADER.to_owned() + &lines.collect::<String>()
    }
}

/// The epoch after which the network did best on the images that are held out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// The epoch's number, from 1; of several equals, the first.
    pub epoch: u32,
    /// Correct answers among the images held out.
    pub correct: u64,
}

/// Told how a [`Run`](super::Run) goes, and asked whether it is to stop.
pub trait Observer {
    /// A step was done in the epoch of this number, from 1.
    fn step(&mut self, epoch: u32, step: &Step);

    /// An epoch was done, and is in a checkpoint.
    ///
    /// # Errors
    /// Whatever is to stop the run.
    fn epoch(&mut self, metrics: &EpochMetrics) -> io::Result<()>;

    /// Whether to stop after the current step.
    fn is_interrupted(&self) -> bool;
}

/// An [`Observer`] that says nothing and stops nothing.
pub struct Quiet;

impl Observer for Quiet {
    fn step(&mut self, _epoch: u32, _step: &Step) {}

    fn epoch(&mut self, _metrics: &EpochMetrics) -> io::Result<()> {
        Ok(())
    }

    fn is_interrupted(&self) -> bool {
        false
    }
}
