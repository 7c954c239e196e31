use std::io;

use lenet5::train::{EpochMetrics, Observer, Run, Step};

use crate::cli::busy::BusyMachine;
use crate::cli::interrupt::Interrupt;
use crate::cli::output::StandardOutput;
use crate::cli::progress::TrainingBar;

/// Shows a run's progress, and prints each epoch's figures.
pub struct Reporter<'a> {
    output: &'a StandardOutput,
    interrupt: &'a Interrupt,
    busy: &'a BusyMachine,
    epochs: u32,
    images: u64,
    /// Images of the current epoch that an earlier process has trained on.
    done: u64,
    bar: Option<TrainingBar>,
}

impl<'a> Reporter<'a> {
    pub fn new(
        run: &Run<'_>,
        output: &'a StandardOutput,
        interrupt: &'a Interrupt,
        busy: &'a BusyMachine,
    ) -> Self {
        let settings = run.settings();
        Self {
            output,
            interrupt,
            busy,
            epochs: settings.recipe.epochs,
            images: run.images() as u64,
            done: (run.progress().step * settings.recipe.batch_size) as u64,
            bar: None,
        }
    }
}

impl Observer for Reporter<'_> {
    fn step(&mut self, epoch: u32, step: &Step) {
        let done = std::mem::take(&mut self.done);
        let (epochs, images) = (self.epochs, self.images - done.min(self.images));
        let new_bar = || TrainingBar::new(epoch, epochs, images);
        self.bar.get_or_insert_with(new_bar).advance(step);
    }

    fn epoch(&mut self, metrics: &EpochMetrics) -> io::Result<()> {
        if let Some(bar) = self.bar.take() {
            bar.finish();
        }
        self.busy.look();
        let (epoch, loss) = (metrics.epoch, metrics.last_loss);
        self.output
            .text(&format!("Epoch {epoch}, Loss: {loss:.4}"))?;
        self.output.json(metrics)
    }

    fn is_interrupted(&self) -> bool {
        self.interrupt.exit_code().is_some()
    }
}
