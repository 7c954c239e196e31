use std::io;

use lenet5::train::{EpochMetrics, Observer, Progress, Run, Step};

use crate::cli::interrupt::Interrupt;
use crate::cli::output::{StandardOutput, grouped};
use crate::cli::progress::{BusyMachine, TrainingBar};

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
    untrained: Untrained,
}

/// What is known of the loss of the network as it was before the first step.
enum Untrained {
    /// The first step is to come; a network that guesses has this loss at least.
    Guesses(f64),
    /// Its loss.
    Loss(f64),
    /// Nothing: an earlier process began, or all is said.
    Unknown,
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
            untrained: match run.progress() {
                Progress {
                    epoch: 0, step: 0, ..
                } => Untrained::Guesses((settings.classes as f64).ln()),
                _ => Untrained::Unknown,
            },
        }
    }

    /// Says once that training makes the network worse, which a loss that stays finite can hide.
    fn watch(
        &mut self,
        EpochMetrics {
            epoch,
            mean_loss,
            lr,
            ..
        }: &EpochMetrics,
    ) {
        if let Untrained::Loss(untrained) = self.untrained
            && *mean_loss > untrained
        {
            say!(
                "warning: the loss runs away: its mean in epoch {epoch} is {mean_loss:.2}, and it was \
                 {untrained:.2} before any training; a learning rate lower than {lr} may help"
            );
            self.untrained = Untrained::Unknown;
        }
    }
}

impl Observer for Reporter<'_> {
    fn step(&mut self, epoch: u32, step: &Step) {
        let done = std::mem::take(&mut self.done);
        let (epochs, images) = (self.epochs, self.images - done.min(self.images));
        let new_bar = || TrainingBar::new(epoch, epochs, images);
        self.bar.get_or_insert_with(new_bar).advance(step);
        if let Untrained::Guesses(least) = self.untrained {
            self.untrained = Untrained::Loss(step.loss.max(least));
        }
    }

    fn epoch(&mut self, metrics: &EpochMetrics) -> io::Result<()> {
        if let Some(bar) = self.bar.take() {
            bar.finish();
        }
        self.busy.look();
        self.watch(metrics);
        let (epoch, loss) = (metrics.epoch, metrics.last_loss);
        self.output
            .text(&format!("Epoch {epoch}, Loss: {loss:.4}"))?;
        say!("{}", in_words(metrics));
        self.output.json(metrics)
    }

    fn is_interrupted(&self) -> bool {
        self.interrupt.exit_code().is_some()
    }
}

/// What an epoch came to, for people.
fn in_words(metrics: &EpochMetrics) -> String {
    let percent = |accuracy: Option<f64>, of: &str| {
        let text = accuracy.map(|accuracy| format!(", {accuracy:.2}% right{of}"));
        text.unwrap_or_default()
    };
    format!(
        "  mean loss {:.4}{}{}, {:.1} s, {} images a second",
        metrics.mean_loss,
        percent(metrics.accuracy, ""),
        percent(metrics.validation_accuracy, " of those held out"),
        metrics.seconds,
        grouped(metrics.images_per_second.round() as usize)
    )
}
