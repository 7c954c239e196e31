//! What the ports are told on the command line, as `arguments.py`.

use std::env;
use std::path::PathBuf;

/// The steps of which a trace holds everything.
pub const RECORDED: [u64; 4] = [1, 2, 10, 50];

/// `[TRACE] [THREADS] [STEPS]`.
pub struct Arguments {
    /// Where a trace is written, if anywhere.
    pub trace: Option<PathBuf>,
    /// Threads among which an operation is shared out; sums are taken in parts, one a thread.
    pub threads: i32,
    /// Steps of training.
    pub steps: u64,
}

impl Arguments {
    pub fn parse() -> Self {
        let mut words = env::args().skip(1);
        Self {
            trace: words.next().map(PathBuf::from),
            threads: words
                .next()
                .map_or(1, |word| word.parse().expect("a number of threads")),
            steps: words
                .next()
                .map_or(50, |word| word.parse().expect("a number of steps")),
        }
    }
}
