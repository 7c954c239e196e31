//! Whether other programs keep the machine busy, which makes libtorch's threads many times slower.

use std::cell::{Cell, RefCell};
use std::fs;
use std::time::Instant;

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
