use std::time::Instant;

use serde::{Deserialize, Serialize};
use tch::{Device, Tensor};

use crate::TorchError;
use crate::data::{RandomAffine, Split, to_input};
use crate::model::{ForwardHook, Network, Variant};
use crate::nn::optim::{LrScheduler, Optimizer};
use crate::nn::{Generator, data_loader};
use crate::train::Settings;

/// Trains a network step by step, in the order and with the arithmetic of `python_ref/train.py`.
pub struct Trainer<'a> {
    network: Box<dyn Network>,
    optimizer: Box<dyn Optimizer>,
    lr_scheduler: LrScheduler,
    generator: Generator,
    split: &'a Split,
    batch_size: usize,
    augmentation: RandomAffine,
    device: Device,
    /// The current epoch's samples, and how many of them have been trained on.
    order: Vec<i64>,
    position: usize,
}

/// What one step of training takes in.
pub struct Batch {
    /// N×1×32×32, float32, on the training device.
    pub images: Tensor,
    /// N, int64, on the training device.
    pub labels: Tensor,
}

/// What the backward pass gives for a batch.
pub struct Gradients {
    /// The batch's mean loss, a scalar.
    pub loss: Tensor,
    /// The gradient of each parameter, in PyTorch's order.
    pub gradients: Vec<Tensor>,
}

/// What one step of training did.
pub struct Step {
    /// Mean loss of the batch, before the update.
    pub loss: f64,
    /// Images in the batch.
    pub images: usize,
}

/// What one epoch of training did.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EpochMetrics {
    /// The epoch's number, from 1.
    pub epoch: u32,
    /// The learning rate.
    pub lr: f64,
    /// Loss of the last batch.
    pub last_loss: f64,
    /// Mean loss over all images.
    pub mean_loss: f64,
    /// Duration of the epoch's training.
    pub seconds: f64,
    /// Training images a second.
    pub images_per_second: f64,
}

impl<'a> Trainer<'a> {
    /// A freshly initialised network of `variant`, about to be trained on `split`.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn new(
        variant: &Variant,
        settings: &Settings,
        split: &'a Split,
        device: Device,
    ) -> Result<Self, TorchError> {
        let recipe = &settings.recipe;
        let mut generator = Generator::manual_seed(settings.seed);
        let network = (variant.build)(settings.classes, &mut generator)?;
        let state_dict = network.state_dict();
        state_dict.to_device(device)?;
        let parameters = state_dict.parameters();
        let parameters = parameters.map(|entry| entry.tensor.shallow_clone());
        Ok(Self {
            optimizer: recipe.optimizer(parameters.collect())?,
            lr_scheduler: recipe.lr_scheduler(),
            network,
            generator,
            split,
            batch_size: recipe.batch_size,
            augmentation: recipe.augmentation,
            device,
            order: Vec::new(),
            position: 0,
        })
    }

    /// The network as trained so far.
    pub fn network(&self) -> &dyn Network {
        self.network.as_ref()
    }

    /// Shuffles the images for a new epoch, as `iter(train_loader)`.
    pub fn begin_epoch(&mut self) {
        self.order = data_loader::shuffled(self.split.len(), &mut self.generator);
        self.position = 0;
    }

    /// The indices of `n` images to evaluate between epochs, as `iter(test_loader)`.
    pub fn begin_evaluation(&mut self, n: i64) -> Vec<i64> {
        data_loader::in_order(n, &mut self.generator)
    }

    /// The epoch's next batch, as `next(train_loader)`; none at its end.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn next_batch(&mut self) -> Result<Option<Batch>, TorchError> {
        let Some(indices) = self.order[self.position..].chunks(self.batch_size).next() else {
            return Ok(None);
        };
        self.position += indices.len();
        let (images, labels) = self.split.select(indices)?;
        let images = to_input(&images, self.device)?;
        Ok(Some(Batch {
            images: self.augmentation.apply(&images, &mut self.generator)?,
            labels: labels.f_to_device(self.device)?,
        }))
    }

    /// Runs the network forwards and backwards; `hook` sees what each layer makes of the images.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn gradients(
        &self,
        batch: &Batch,
        hook: &mut ForwardHook<'_>,
    ) -> Result<Gradients, TorchError> {
        let logits = self.network.forward_t(&batch.images, true, hook)?;
        let loss = self.network.loss(&logits, &batch.labels)?;
        // As loss.backward() after optimizer.zero_grad(), which leaves no gradients to add to.
        let parameters = self.optimizer.parameters();
        let gradients = Tensor::f_run_backward(&[&loss], parameters, false, false)?;
        Ok(Gradients { loss, gradients })
    }

    /// Updates the weights.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn update(&mut self, gradients: &Gradients) -> Result<(), TorchError> {
        self.optimizer.step(&gradients.gradients)
    }

    /// Sets the learning rate of the next epoch, as `scheduler.step()`.
    pub fn end_epoch(&mut self) {
        self.lr_scheduler.step(self.optimizer.as_mut());
    }

    /// Trains for one pass over the images; `on_step` is told of every step.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn train_epoch(
        &mut self,
        epoch: u32,
        on_step: &mut dyn FnMut(&Step),
    ) -> Result<EpochMetrics, TorchError> {
        let start = Instant::now();
        self.begin_epoch();
        let lr = self.optimizer.lr();
        let (mut last_loss, mut total_loss) = (f64::NAN, 0.0);
        while let Some(batch) = self.next_batch()? {
            let gradients = self.gradients(&batch, &mut |_, _| {})?;
            self.update(&gradients)?;
            let step = Step {
                loss: gradients.loss.f_double_value(&[])?,
                images: batch.labels.size()[0] as usize,
            };
            on_step(&step);
            last_loss = step.loss;
            total_loss += step.loss * step.images as f64;
        }
        self.end_epoch();
        let (seconds, images) = (start.elapsed().as_secs_f64(), self.split.len() as f64);
        Ok(EpochMetrics {
            epoch,
            lr,
            last_loss,
            mean_loss: total_loss / images,
            seconds,
            images_per_second: images / seconds,
        })
    }
}
