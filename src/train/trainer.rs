use std::collections::BTreeMap;
use std::time::Instant;

use tch::{Device, Tensor};

use super::state_names::{self, Parts};
use super::{EpochMetrics, Evaluation, Progress, RestoreError, Settings, TrainError, evaluate};
use crate::TorchError;
use crate::data::{Split, to_input};
use crate::model::{ForwardHook, Network, Variant};
use crate::nn::optim::{LrScheduler, Optimizer};
use crate::nn::{Generator, StateDict, data_loader};

/// Trains a network step by step, in the order and with the arithmetic of `python_ref/train.py`.
pub struct Trainer<'a> {
    network: Box<dyn Network>,
    optimizer: Box<dyn Optimizer>,
    lr_scheduler: LrScheduler,
    generator: Generator,
    /// The generator as the epoch began.
    epoch_generator: Generator,
    split: &'a Split,
    settings: Settings,
    device: Device,
    /// The current epoch's samples, and how many of them have been handed out.
    order: Vec<i64>,
    position: usize,
    progress: Progress,
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
            epoch_generator: generator.clone(),
            generator,
            split,
            settings: settings.clone(),
            device,
            order: Vec::new(),
            position: 0,
            progress: Progress::default(),
        })
    }

    /// The network as trained so far.
    pub fn network(&self) -> &dyn Network {
        self.network.as_ref()
    }

    /// The network, when it has been trained enough.
    pub fn into_network(self) -> Box<dyn Network> {
        self.network
    }

    /// Shuffles the images for a new epoch, as `iter(train_loader)`.
    pub fn begin_epoch(&mut self) {
        self.epoch_generator = self.generator.clone();
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
        let Some(indices) = self.order[self.position..]
            .chunks(self.settings.recipe.batch_size)
            .next()
        else {
            return Ok(None);
        };
        self.position += indices.len();
        let (images, labels) = self.split.select(indices)?;
        let images = to_input(&images, self.device)?;
        Ok(Some(Batch {
            images: self
                .settings
                .recipe
                .augmentation
                .apply(&images, &mut self.generator)?,
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

    /// How far the training is.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// What decides the result.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where the training is computed.
    pub fn device(&self) -> Device {
        self.device
    }

    /// Images of an epoch.
    pub fn images(&self) -> u64 {
        self.split.len().unsigned_abs()
    }

    /// Steps of an epoch.
    pub fn steps_per_epoch(&self) -> usize {
        (self.split.len() as usize).div_ceil(self.settings.recipe.batch_size)
    }

    /// Steps done since the training began.
    pub fn total_steps(&self) -> u64 {
        let epochs = u64::from(self.progress.epoch);
        epochs * self.steps_per_epoch() as u64 + self.progress.step as u64
    }

    /// Trains on the epoch's next batch; none where the epoch is over.
    ///
    /// # Errors
    /// A loss that is not finite, and what libtorch refuses.
    pub fn train_step(&mut self) -> Result<Option<Step>, TrainError> {
        let start = Instant::now();
        if self.progress.step == 0 {
            self.begin_epoch();
        }
        let Some(batch) = self.next_batch()? else {
            return Ok(None);
        };
        let gradients = self.gradients(&batch, &mut |_, _| {})?;
        self.update(&gradients)?;
        let step = Step {
            loss: gradients
                .loss
                .f_double_value(&[])
                .map_err(TorchError::from)?,
            images: batch.labels.size()[0] as usize,
        };
        self.progress.step += 1;
        if !step.loss.is_finite() {
            return Err(TrainError::Loss {
                epoch: self.progress.epoch + 1,
                step: self.progress.step,
                lr: self.optimizer.lr(),
                loss: step.loss,
            });
        }
        self.progress.last_loss = step.loss;
        self.progress.total_loss += step.loss * step.images as f64;
        self.progress.seconds += start.elapsed().as_secs_f64();
        Ok(Some(step))
    }

    /// Whether the epoch's last batch has been trained on.
    pub fn epoch_is_over(&self) -> bool {
        self.progress.step == self.steps_per_epoch()
    }

    /// Sums up the epoch that is over, and gets ready for the next.
    pub fn end_epoch(&mut self) -> EpochMetrics {
        let (progress, images) = (&self.progress, self.split.len() as f64);
        let metrics = EpochMetrics {
            epoch: progress.epoch + 1,
            lr: self.optimizer.lr(),
            last_loss: progress.last_loss,
            mean_loss: progress.total_loss / images,
            seconds: progress.seconds,
            images_per_second: images / progress.seconds,
            validation_loss: None,
            validation_accuracy: None,
        };
        self.progress = Progress {
            epoch: metrics.epoch,
            ..Progress::default()
        };
        self.lr_scheduler.step(self.optimizer.as_mut());
        metrics
    }

    /// Runs the network over images that are held out, through a `DataLoader` as the reference does.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn validate(&mut self, split: &Split) -> Result<Evaluation, TorchError> {
        self.begin_evaluation(split.len());
        let Settings {
            classes,
            test_batch_size,
            ..
        } = self.settings;
        evaluate(
            self.network.as_ref(),
            split,
            classes,
            test_batch_size,
            self.device,
        )
    }

    /// The tensors from which [`Trainer::restore`] goes on, given the [`Trainer::progress`]: the
    /// weights as `model.NAME`, what the optimiser keeps as `optimizer.NAME.KEY`, and `generator`.
    ///
    /// # Errors
    /// Weights that are not finite, and what libtorch refuses.
    pub fn state(&self) -> Result<StateDict, TrainError> {
        let state_dict = self.network.state_dict();
        if !all_finite(&state_dict)? {
            return Err(TrainError::Weights {
                epoch: self.progress.epoch + 1,
                step: self.progress.step,
                lr: self.optimizer.lr(),
            });
        }
        let mut state = StateDict::default();
        let generator = match self.progress.step {
            0 => &self.generator,
            // The epoch's first batches will be drawn again, and dropped.
            _ => &self.epoch_generator,
        };
        let generator = Tensor::f_from_slice(&generator.state()).map_err(TorchError::from)?;
        state.add("generator".to_owned(), &generator);
        for entry in state_dict.entries() {
            state.add(format!("model.{}", entry.name), &entry.tensor);
        }
        // PyTorch's optimisers keep nothing before their first step.
        if self.total_steps() > 0 {
            state_names::add_optimizer(&mut state, &state_dict, &self.optimizer.state());
        }
        Ok(state)
    }

    /// Goes on where an earlier training of the same settings and images was.
    ///
    /// # Errors
    /// Tensors or a place that are not of such a training; this trainer is of no use then.
    pub fn restore(
        &mut self,
        progress: &Progress,
        tensors: &BTreeMap<String, Tensor>,
    ) -> Result<(), RestoreError> {
        let Progress { epoch, step, .. } = *progress;
        let is_over = epoch == self.settings.recipe.epochs && step == 0;
        if !is_over && (epoch >= self.settings.recipe.epochs || step > self.steps_per_epoch()) {
            return Err(RestoreError::Progress { epoch, step });
        }
        let state_dict = self.network.state_dict();
        let parts = Parts::new(tensors, &state_dict)?;
        parts.model.copy_into(&state_dict)?;
        self.progress = progress.clone();
        if self.total_steps() > 0 {
            self.optimizer.set_state(&parts.optimizer)?;
        }
        for _ in 0..epoch {
            self.lr_scheduler.step(self.optimizer.as_mut());
        }
        self.generator = Generator::from_state(&parts.generator)?;
        if step > 0 {
            self.begin_epoch();
            for _ in 0..step {
                self.next_batch()?;
            }
        }
        Ok(())
    }
}

fn all_finite(state_dict: &StateDict) -> Result<bool, TorchError> {
    for entry in state_dict.entries() {
        let all = entry.tensor.f_isfinite()?.f_all()?;
        if all.f_int64_value(&[])? == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}
