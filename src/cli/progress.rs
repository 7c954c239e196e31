//! Progress bars. They draw on standard error, and only where it is a terminal.

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use lenet5::data::DownloadProgress;
use lenet5::train::Step;
use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal};
use std::time::Instant;
use std::{fmt, fs};

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

/// What the kernel counts in a second of one core's time.
const TICKS_PER_SECOND: f64 = 100.0;

/// Looks at what other programs do while this one works, and says once if they do much.
pub struct BusyMachine {
    last: RefCell<Option<Sample>>,
    is_said: Cell<bool>,
}

impl BusyMachine {
    /// Begins to look. Only Linux tells.
    pub fn watch() -> Self {
        Self {
            last: RefCell::new(Sample::take()),
            is_said: Cell::new(false),
        }
    }

    /// Says what helps, if since the last look other programs took cores that this one needs.
    pub fn look(&self) {
        let Some(now) = Sample::take() else {
            return;
        };
        let Some(last) = self.last.replace(Some(now)) else {
            return;
        };
        let threads = f64::from(tch::get_num_threads());
        let others = last.others_until(&now);
        let is_busy = threads > 1.0 && others + threads > now.cores + 0.5;
        if !is_busy || self.is_said.get() || std::env::var_os("OMP_WAIT_POLICY").is_some() {
            return;
        }
        self.is_said.set(true);
        say!(
            "note: other programs take {others:.1} of the {} cores, and libtorch's {threads} \
             threads wait for each other by spinning; OMP_WAIT_POLICY=passive in the environment \
             or --threads 1 helps (the first changes no bit)",
            now.cores
        );
    }
}

/// What the machine and this process have computed since they began, in the kernel's ticks.
#[derive(Clone, Copy)]
struct Sample {
    taken: Instant,
    cores: f64,
    all: f64,
    own: f64,
}

impl Sample {
    fn take() -> Option<Self> {
        let machine = fs::read_to_string("/proc/stat").ok()?;
        let process = fs::read_to_string("/proc/self/stat").ok()?;
        let cpus = machine.lines().take_while(|line| line.starts_with("cpu"));
        // user, nice, system, idle, iowait, irq, softirq, steal.
        let times = numbers(machine.lines().next()?.strip_prefix("cpu")?);
        let idle = times.get(3)? + times.get(4)?;
        // The program's name, in brackets, may hold spaces; utime and stime are the fields after it.
        let own = numbers(process.rsplit_once(") ")?.1);
        Some(Self {
            taken: Instant::now(),
            cores: (cpus.count() - 1) as f64,
            all: times.iter().take(8).sum::<f64>() - idle,
            own: own.get(11)? + own.get(12)?,
        })
    }

    /// How many cores other programs kept busy between two samples.
    fn others_until(&self, later: &Self) -> f64 {
        let ticks = (later.all - self.all) - (later.own - self.own);
        let seconds = later.taken.duration_since(self.taken).as_secs_f64();
        ticks / TICKS_PER_SECOND / seconds.max(0.001)
    }
}

/// The fields of a line, each a number; what is none counts as 0.
fn numbers(fields: &str) -> Vec<f64> {
    let fields = fields.split_whitespace();
    fields.map(|field| field.parse().unwrap_or(0.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_process_computes_is_not_counted_as_others() {
        let sample = |seconds: u64, all, own| Sample {
            taken: Instant::now() + std::time::Duration::from_secs(seconds),
            cores: 2.0,
            all,
            own,
        };
        let (first, second) = (sample(0, 1000.0, 50.0), sample(10, 2500.0, 950.0));
        // 15 seconds of cores in all, 9 of them this process's.
        let others = first.others_until(&second);
        assert!((0.59..0.61).contains(&others), "{others}");
    }
}
