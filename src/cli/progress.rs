//! Progress bars. They draw on standard error, and only where it is a terminal.

use std::cell::Cell;
use std::fmt;
use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use lenet5::data::DownloadProgress;
use lenet5::train::Step;

/// How far an epoch's training is.
pub struct TrainingBar {
    bar: ProgressBar,
    /// Mean loss of the recent steps, so that it can be read while it moves.
    running_loss: Cell<Option<f64>>,
}

impl TrainingBar {
    pub fn new(epoch: u32, epochs: u32, images: u64) -> Self {
        let bar = ProgressBar::new(images);
        let style = style("{prefix} {wide_bar} {pos}/{len} images, {speed}/s, {msg}, {eta} left");
        bar.set_style(style.with_key("speed", whole_speed));
        bar.set_prefix(format!("Epoch {epoch}/{epochs}"));
        Self {
            bar,
            running_loss: Cell::new(None),
        }
    }

    pub fn advance(&self, step: &Step) {
        const SMOOTHING: f64 = 0.02;
        let previous = self.running_loss.get().unwrap_or(step.loss);
        let running_loss = previous + SMOOTHING * (step.loss - previous);
        self.running_loss.set(Some(running_loss));
        if !self.bar.is_hidden() {
            self.bar.set_message(format!("loss {running_loss:.4}"));
        }
        self.bar.inc(step.images as u64);
    }

    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// How far a download is.
pub struct DownloadBar {
    bar: ProgressBar,
}

impl DownloadBar {
    pub fn new() -> Self {
        let bar = ProgressBar::no_length();
        bar.set_style(style("{msg} {wide_bar} {bytes}/{total_bytes}, {eta} left"));
        Self { bar }
    }

    pub fn advance(&self, progress: &DownloadProgress<'_>) {
        if self.bar.message() != progress.url {
            self.bar.set_message(progress.url.to_owned());
            self.bar.reset();
        }
        if let Some(total) = progress.total {
            self.bar.set_length(total);
        }
        self.bar.set_position(progress.received);
    }

    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// How many pictures are read.
pub struct PictureBar {
    bar: ProgressBar,
}

impl PictureBar {
    /// A bar over so many pictures. Where the answers go to a terminal, they tell it themselves.
    pub fn new(pictures: u64) -> Self {
        let bar = match io::stdout().is_terminal() {
            true => ProgressBar::hidden(),
            false => ProgressBar::new(pictures),
        };
        bar.set_style(
            style("{wide_bar} {pos}/{len} pictures, {speed}/s, {eta} left")
                .with_key("speed", whole_speed),
        );
        Self { bar }
    }

    pub fn advance(&self) {
        self.bar.inc(1);
    }

    /// Calls `print` while the bar is not there.
    pub fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Writes a bar's speed without the four decimals that indicatif gives it.
fn whole_speed(state: &ProgressState, text: &mut dyn fmt::Write) {
    // A bar has no place for an error, and a `String` gives none.
    let _ = write!(text, "{:.0}", state.per_sec());
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is one of this file's")
}
