use std::ops::ControlFlow;

use tch::Device;
use torch_twin::data::DataLoader;
use torch_twin::{Generator, TorchError};

use super::trained::metadata;
use super::{
    Best, Checkpoint, Environment, EpochMetrics, Evaluation, Header, InitialWeights, Observer,
    Progress, RunError, RunFolder, Settings, Step, Trained, Trainer, TrainingData, evaluate,
    provenance,
};
use crate::data::Split;

/// A training with the folder that it is kept in.
///
/// Whatever ends the process, what the newest checkpoint in the folder has not seen is trained
/// again, and comes out the same.
pub struct Run<'a> {
    trainer: Trainer<'a>,
    folder: RunFolder,
    /// What stands in the next checkpoint, but for the progress.
    header: Header,
    options: RunOptions<'a>,
}

/// What a [`Run`] works on, and where.
#[derive(Clone)]
pub struct RunOptions<'a> {
    /// The images to train on, and those held out.
    pub data: &'a TrainingData,
    /// What names the data anew when the run goes on; none if it was not named.
    pub source: Option<String>,
    /// The number of the first class in its files of labels.
    pub labels_from: u8,
    /// [`data_sha256`](super::data_sha256()) of the data.
    pub data_sha256: String,
    /// Where to compute.
    pub device: Device,
    /// Steps between two checkpoints within an epoch; none writes them between epochs only, or as
    /// often as the run that goes on has it.
    pub checkpoint_every: Option<u64>,
    /// Images to test on after each epoch, which changes nothing of the training; the figures stand beside
    /// the epoch's own.
    pub test_each_epoch: Option<&'a Split>,
}

/// How a [`Run`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All epochs are done, or as many as patience lasted for.
    Finished,
    /// It was interrupted, and can go on from its newest checkpoint.
    Interrupted,
}

impl<'a> Run<'a> {
    /// A run from the beginning, with a checkpoint of that. What the folder holds of an earlier run
    /// goes just before it.
    ///
    /// # Errors
    /// A folder that cannot be written, and what libtorch refuses.
    pub fn start(
        settings: Settings,
        init: Option<InitialWeights>,
        options: RunOptions<'a>,
        folder: RunFolder,
    ) -> Result<Self, RunError> {
        let trainer = Trainer::new(&settings, &options.data.train, options.device)?;
        let mut header = header(settings, &options)?;
        if let Some(init) = init {
            init.copy_into(&trainer.network().state_dict())?;
            header.init = Some(init.init);
        }
        folder.clear()?;
        let run = Self {
            trainer,
            folder,
            header,
            options,
        };
        run.save_checkpoint()?;
        Ok(run)
    }

    /// A run that goes on from `checkpoint` by `settings`, which may differ from its own in how long
    /// it trains. Where `force` lets it go on in another environment, `warn` is told of what differs.
    ///
    /// # Errors
    /// Other settings, other data or another environment, a checkpoint that is not of this run, and
    /// what libtorch refuses.
    pub fn resume(
        checkpoint: Checkpoint,
        settings: Settings,
        options: RunOptions<'a>,
        folder: RunFolder,
        force: bool,
        warn: &mut dyn FnMut(&[String]),
    ) -> Result<Self, RunError> {
        let Checkpoint { header, tensors } = checkpoint;
        header.check_settings(&settings)?;
        let is_changed = settings != header.settings;
        let now = self::header(settings, &options)?;
        let differences = header.check(&now, force)?;
        if !differences.is_empty() {
            warn(&differences);
        }
        let mut trainer = Trainer::new(&now.settings, &options.data.train, options.device)?;
        trainer.restore(&header.progress, &header.metrics, &tensors)?;
        let run = Self {
            trainer,
            folder,
            // Where the run goes on by force, its next checkpoints are of another environment.
            header: Header {
                settings: now.settings,
                environment: now.environment,
                data: now.data,
                checkpoint_every: now.checkpoint_every.or(header.checkpoint_every),
                ..header
            },
            options,
        };
        if is_changed {
            // From now on it is this run that goes on, also without being told so again.
            run.save_checkpoint()?;
        }
        Ok(run)
    }

    /// Trains to the last epoch, until patience with it is at an end, or until interrupted.
    ///
    /// # Errors
    /// A training that diverges, a folder that cannot be written, and what libtorch refuses. The
    /// newest checkpoint is then from before that.
    pub fn train(&mut self, observer: &mut dyn Observer) -> Result<Outcome, RunError> {
        // What a process that was killed wrote after its last checkpoint will be written again, and
        // what it was about to remove is removed.
        self.folder.save_metrics(&self.header.metrics)?;
        self.folder
            .remove_old_checkpoints(self.trainer.total_steps())?;
        while !self.is_trained() {
            match self.train_epoch(observer)? {
                ControlFlow::Break(()) => return Ok(Outcome::Interrupted),
                ControlFlow::Continue(metrics) => observer.epoch(&self.end_epoch(metrics)?)?,
            }
        }
        Ok(match observer.is_interrupted() {
            true => Outcome::Interrupted,
            false => Outcome::Finished,
        })
    }

    /// Whether no epoch is to follow.
    fn is_trained(&self) -> bool {
        let (done, settings) = (self.progress().epoch, &self.header.settings);
        let best = self.header.best.as_ref();
        let waited = best.map(|best| done.saturating_sub(best.epoch));
        done >= settings.recipe.epochs
            || (self.progress().step == 0
                && settings
                    .patience
                    .is_some_and(|patience| waited >= Some(patience)))
    }

    fn train_epoch(
        &mut self,
        observer: &mut dyn Observer,
    ) -> Result<ControlFlow<(), EpochMetrics>, RunError> {
        let (folder, header) = (&self.folder, &self.header);
        let checkpoint_every = header.checkpoint_every;
        let after_step = |trainer: &Trainer<'_>, step: &Step| -> Result<_, RunError> {
            observer.step(trainer.progress().epoch + 1, step);
            // The end of an epoch has a checkpoint of its own.
            if trainer.epoch_is_over() {
                return Ok(ControlFlow::Continue(()));
            }
            let is_interrupted = observer.is_interrupted();
            let steps = trainer.total_steps();
            let is_due = checkpoint_every.is_some_and(|every| steps.is_multiple_of(every));
            if is_interrupted || is_due {
                save_checkpoint(folder, header, trainer)?;
            }
            Ok(match is_interrupted {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            })
        };
        self.trainer.train_epoch(after_step)
    }

    /// Writes what an epoch came to.
    fn end_epoch(&mut self, mut metrics: EpochMetrics) -> Result<EpochMetrics, RunError> {
        if let Some(split) = &self.options.data.validation {
            self.validate(split, &mut metrics)?;
        }
        if let Some(test) = self.options.test_each_epoch {
            let evaluation = self.test(test)?;
            metrics.test_loss = Some(evaluation.loss);
            metrics.test_accuracy = Some(evaluation.accuracy());
        }
        self.header.metrics.push(metrics.clone());
        self.save_checkpoint()?;
        self.folder.save_metrics(&self.header.metrics)?;
        Ok(metrics)
    }

    /// Sees how the network does on the images held out, and keeps it if it is the best so far.
    fn validate(&mut self, split: &Split, metrics: &mut EpochMetrics) -> Result<(), RunError> {
        let evaluation = self.trainer.validate(split)?;
        metrics.validation_loss = Some(evaluation.loss);
        metrics.validation_accuracy = Some(evaluation.accuracy());
        let (epoch, correct) = (metrics.epoch, evaluation.correct);
        let best = self.header.best.as_ref();
        if best.is_none_or(|best| correct > best.correct) {
            let mut metadata = metadata(&self.header.settings, epoch);
            metadata.insert("epoch".to_owned(), epoch.to_string());
            let state_dict = self.trainer.network().state_dict();
            self.folder.save_best(&state_dict, &metadata)?;
            self.header.best = Some(Best { epoch, correct });
        }
        Ok(())
    }

    /// How the network does on the test images now.
    fn test(&self, test: &Split) -> Result<Evaluation, TorchError> {
        let loader = DataLoader::new(test, self.settings().test_batch_size);
        // Not the training's, whose numbers the test is not to take.
        let mut generator = Generator::manual_seed(0);
        evaluate(
            self.trainer.network(),
            &loader,
            self.options.device,
            &mut generator,
        )
    }

    fn save_checkpoint(&self) -> Result<(), RunError> {
        save_checkpoint(&self.folder, &self.header, &self.trainer)
    }

    /// How far the run is.
    pub fn progress(&self) -> &Progress {
        self.trainer.progress()
    }

    /// What decides the run's result.
    pub fn settings(&self) -> &Settings {
        &self.header.settings
    }

    /// Images of an epoch.
    pub fn images(&self) -> usize {
        self.trainer.images()
    }

    /// Where the run is kept.
    pub fn folder(&self) -> &RunFolder {
        &self.folder
    }

    /// Ends the training.
    pub fn into_trained(self) -> Trained {
        Trained {
            progress: self.trainer.progress().clone(),
            network: self.trainer.into_network(),
            header: self.header,
            folder: self.folder,
            device: self.options.device,
        }
    }
}

/// What stands in the first checkpoint of a run that begins now.
fn header(settings: Settings, options: &RunOptions<'_>) -> Result<Header, TorchError> {
    Ok(Header {
        settings,
        init: None,
        environment: Environment::current(options.device)?,
        data: options.source.clone(),
        labels_from: options.labels_from,
        data_sha256: options.data_sha256.clone(),
        started: Some(provenance::now()),
        progress: Progress::after(0),
        metrics: Vec::new(),
        best: None,
        checkpoint_every: options.checkpoint_every,
    })
}

fn save_checkpoint(
    folder: &RunFolder,
    header: &Header,
    trainer: &Trainer<'_>,
) -> Result<(), RunError> {
    let checkpoint = Checkpoint {
        header: Header {
            progress: trainer.progress().clone(),
            ..header.clone()
        },
        tensors: trainer.state()?,
    };
    folder.save_checkpoint(trainer.total_steps(), &checkpoint)
}
