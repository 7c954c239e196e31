use std::ops::ControlFlow;
use std::time::Instant;

use tch::{Device, Kind, Tensor};
use torch_twin::data::DataLoader;
use torch_twin::nn::ForwardPass;
use torch_twin::optim::Optimizer;
use torch_twin::{Generator, Tensors, TorchError, weights};

use super::checkpoint::State;
use super::{
    CheckpointError, EpochMetrics, Evaluation, Progress, Settings, Step, TrainError, evaluate,
    provenance,
};
use crate::data::{Split, to_input};
use crate::model::Network;
use crate::variant::Scheduler;

/// Trains a network epoch by epoch, in the order and with the arithmetic of `python_ref/train.py`.
pub struct Trainer<'a> {
    network: Box<dyn Network>,
    train_loader: DataLoader<'a, Split>,
    optimizer: Box<dyn Optimizer>,
    scheduler: Scheduler,
    generator: Generator,
    /// The generator's state as the epoch began.
    epoch_start: Tensor,
    settings: Settings,
    device: Device,
    progress: Progress,
}

impl<'a> Trainer<'a> {
    /// A freshly initialised network, about to be trained on `split`.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all, and a schedule that cannot be.
    pub fn new(settings: &Settings, split: &'a Split, device: Device) -> Result<Self, TrainError> {
        let recipe = &settings.recipe;
        let mut generator = Generator::manual_seed(settings.seed);
        let network = (settings.variant.build)(settings.classes, &mut generator)?;
        network.to_device(device)?;
        let mut optimizer = recipe.optimizer(network.parameters())?;
        let train_loader = DataLoader::new(split, recipe.batch_size).shuffle(true);
        Ok(Self {
            scheduler: recipe.scheduler(optimizer.as_mut(), train_loader.len())?,
            train_loader,
            optimizer,
            network,
            epoch_start: generator.get_state()?,
            generator,
            settings: settings.clone(),
            device,
            progress: Progress::after(0),
        })
    }

    /// One pass over the training set, or the rest of one; `after_step` may break it off.
    ///
    /// # Errors
    /// A loss that is not finite, what libtorch refuses, and what `after_step` gives.
    pub fn train_epoch<E: From<TrainError>>(
        &mut self,
        mut after_step: impl FnMut(&Self, &Step) -> Result<ControlFlow<()>, E>,
    ) -> Result<ControlFlow<(), EpochMetrics>, E> {
        let mut start = Instant::now();
        // From here, a training that goes on draws the same batches, and drops those it has had.
        self.epoch_start = self.generator.get_state().map_err(TrainError::from)?;
        let batches = self.train_loader.iter(&mut self.generator);
        for (index, batch) in batches.map_err(TrainError::from)?.enumerate() {
            let (images, labels) = self.prepare(batch).map_err(TrainError::from)?;
            if index < self.progress.step {
                continue;
            }
            let step = self
                .train_step(&images, &labels)
                .map_err(TrainError::from)?;
            self.progress.add(&step, start.elapsed());
            self.check(&step)?;
            self.scheduler
                .after_step(self.optimizer.as_mut())
                .map_err(TrainError::from)?;
            if after_step(self, &step)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            start = Instant::now();
        }
        Ok(ControlFlow::Continue(self.end_epoch()?))
    }

    /// Brings a batch to the device, and varies its images.
    fn prepare(
        &mut self,
        batch: Result<(Tensor, Tensor), TorchError>,
    ) -> Result<(Tensor, Tensor), TorchError> {
        let (bytes, labels) = batch?;
        let images = to_input(&bytes, self.device)?;
        let augmentation = self.settings.recipe.augmentation;
        Ok((
            augmentation.apply(&images, &mut self.generator)?,
            labels.f_to_device(self.device)?,
        ))
    }

    fn train_step(&mut self, images: &Tensor, labels: &Tensor) -> Result<Step, TorchError> {
        self.optimizer.zero_grad()?;
        let logits = self.network.forward(images, &mut ForwardPass::train())?;
        let loss = self.network.loss(&logits, labels)?;
        loss.f_backward()?;
        self.optimizer.step()?;
        let is_correct = logits.f_argmax(1, false)?.f_eq_tensor(labels)?;
        Ok(Step {
            loss: loss.f_double_value(&[])?,
            images: labels.size()[0] as usize,
            correct: is_correct.f_sum(Kind::Int64)?.f_int64_value(&[])? as u64,
        })
    }

    fn check(&self, step: &Step) -> Result<(), TrainError> {
        if step.loss.is_finite() {
            return Ok(());
        }
        Err(TrainError::Loss {
            epoch: self.progress.epoch + 1,
            step: self.progress.step,
            lr: self.optimizer.lr(),
            loss: step.loss,
        })
    }

    /// Sums up the epoch that is over, and gets ready for the next.
    fn end_epoch(&mut self) -> Result<EpochMetrics, TrainError> {
        let (progress, images) = (&self.progress, self.images() as f64);
        let metrics = EpochMetrics {
            epoch: progress.epoch + 1,
            lr: self.optimizer.lr(),
            last_loss: progress.last_loss,
            mean_loss: progress.total_loss / images,
            accuracy: progress
                .correct
                .map(|correct| 100.0 * correct as f64 / images),
            seconds: progress.seconds,
            images_per_second: images / progress.seconds,
            finished: Some(provenance::now()),
            validation_loss: None,
            validation_accuracy: None,
            test_loss: None,
            test_accuracy: None,
        };
        self.progress = Progress::after(metrics.epoch);
        self.scheduler.after_epoch(self.optimizer.as_mut())?;
        Ok(metrics)
    }

    /// Runs the network over images that are held out, through a `DataLoader` as the reference does;
    /// the schedule may go by the loss.
    ///
    /// # Errors
    /// A loss that is not finite, and what libtorch refuses.
    pub fn validate(&mut self, split: &Split) -> Result<Evaluation, TrainError> {
        let loader = DataLoader::new(split, self.settings.test_batch_size);
        let evaluation = evaluate(
            self.network.as_ref(),
            &loader,
            self.device,
            &mut self.generator,
        )?;
        if !evaluation.loss.is_finite() {
            return Err(TrainError::ValidationLoss {
                epoch: self.progress.epoch,
                lr: self.optimizer.lr(),
                loss: evaluation.loss,
            });
        }
        self.scheduler
            .after_validation(evaluation.loss, self.optimizer.as_mut())?;
        Ok(evaluation)
    }

    /// The network as trained so far.
    pub fn network(&self) -> &dyn Network {
        self.network.as_ref()
    }

    /// The network, when it has been trained enough.
    pub fn into_network(self) -> Box<dyn Network> {
        self.network
    }

    /// How far the training is.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// What decides the result.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Images of an epoch.
    pub fn images(&self) -> usize {
        self.train_loader.dataset().len()
    }

    /// Steps done since the training began.
    pub fn total_steps(&self) -> u64 {
        let epochs = u64::from(self.progress.epoch);
        epochs * self.train_loader.len() as u64 + self.progress.step as u64
    }

    /// Whether the epoch's last batch has been trained on.
    pub fn epoch_is_over(&self) -> bool {
        self.progress.step == self.train_loader.len()
    }

    /// The tensors from which [`Trainer::restore`] goes on, given the [`Trainer::progress`]: the
    /// weights as `model.NAME`, what the optimiser keeps as `optimizer.NAME.KEY`, and `generator`.
    ///
    /// # Errors
    /// Weights that are not finite, and what libtorch refuses.
    pub fn state(&self) -> Result<Tensors, TrainError> {
        let state_dict = self.network.state_dict();
        let own = |(name, tensor): (&str, &Tensor)| (name.to_owned(), tensor.shallow_clone());
        let model: Tensors = state_dict.iter().map(own).collect();
        if !all_finite(&model)? {
            return Err(TrainError::Weights {
                epoch: self.progress.epoch + 1,
                step: self.progress.step,
                lr: self.optimizer.lr(),
            });
        }
        let generator = match self.progress.step {
            0 => self.generator.get_state()?,
            // The epoch's first batches will be drawn again, and dropped.
            _ => self.epoch_start.shallow_clone(),
        };
        let state = State {
            model,
            optimizer: self.optimizer.state_dict(),
            generator: Some(generator),
        };
        Ok(state.into_named(&state_dict))
    }

    /// Goes on where an earlier training of the same settings and images was, given the figures of
    /// its epochs.
    ///
    /// # Errors
    /// Tensors or a place that are not of such a training; this trainer is of no use then.
    pub fn restore(
        &mut self,
        progress: &Progress,
        metrics: &[EpochMetrics],
        tensors: &Tensors,
    ) -> Result<(), CheckpointError> {
        let Progress { epoch, step, .. } = *progress;
        let epochs = self.settings.recipe.epochs;
        let is_over = epoch == epochs && step == 0;
        if !is_over && (epoch >= epochs || step > self.train_loader.len()) {
            return Err(CheckpointError::Progress { epoch, step });
        }
        let state_dict = self.network.state_dict();
        let state = State::from_named(tensors, &state_dict)?;
        weights::load_state_dict(&state.model, &state_dict)?;
        self.progress = progress.clone();
        self.check_optimizer(&state.optimizer)?;
        self.optimizer.load_state_dict(&state.optimizer)?;
        let total_steps = self.total_steps();
        let losses = metrics.iter().filter_map(|epoch| epoch.validation_loss);
        self.scheduler
            .replay(self.optimizer.as_mut(), epoch, total_steps, losses)?;
        let missing = || CheckpointError::Missing("generator".to_owned());
        let generator = state.generator.ok_or_else(missing)?;
        self.generator.set_state(&generator)?;
        self.epoch_start = generator;
        Ok(())
    }

    /// Makes sure that an optimiser's state is that of the training's steps.
    fn check_optimizer(&self, state: &Tensors) -> Result<(), CheckpointError> {
        let steps = self.total_steps();
        if steps == 0 {
            return Ok(());
        }
        for (index, entry) in self.network.state_dict().parameters().enumerate() {
            for key in self.optimizer.state_keys() {
                let full_name = || format!("optimizer.{}.{key}", entry.name);
                let tensor = state.get(&format!("{index}.{key}"));
                let tensor = tensor.ok_or_else(|| CheckpointError::Missing(full_name()))?;
                if key == "step" && !is_count(tensor, steps)? {
                    return Err(CheckpointError::Step(full_name()));
                }
            }
        }
        Ok(())
    }
}

/// Whether a tensor is the scalar `steps`, rounded as PyTorch's float32 counts are.
fn is_count(tensor: &Tensor, steps: u64) -> Result<bool, TorchError> {
    Ok(tensor.size().is_empty() && tensor.f_double_value(&[])? == f64::from(steps as f32))
}

fn all_finite(tensors: &Tensors) -> Result<bool, TorchError> {
    for tensor in tensors.values() {
        if tensor.f_isfinite()?.f_all()?.f_int64_value(&[])? == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}
