//! SIGINT and SIGTERM, which end a command once what must not be left half-done is done.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Remembers whether the process was asked to end.
pub struct Interrupt {
    is_next_the_last: Arc<AtomicBool>,
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    /// Takes the signals over; the second one ends the process at once.
    pub fn new() -> io::Result<Self> {
        let is_next_the_last = Arc::new(AtomicBool::new(false));
        let signal = Arc::new(AtomicUsize::new(0));
        for number in [SIGINT, SIGTERM] {
            // In this order the first signal does not yet see what it sets itself.
            let shutdown = Arc::clone(&is_next_the_last);
            flag::register_conditional_shutdown(number, 128 + number, shutdown)?;
            flag::register(number, Arc::clone(&is_next_the_last))?;
            flag::register_usize(number, Arc::clone(&signal), number as usize)?;
        }
        Ok(Self {
            is_next_the_last,
            signal,
        })
    }

    /// The exit code of a process that was asked to end: 130 for SIGINT, 143 for SIGTERM.
    pub fn exit_code(&self) -> Option<u8> {
        match self.signal.load(Ordering::SeqCst) {
            0 => None,
            signal => Some(128 + signal as u8),
        }
    }
}

impl Drop for Interrupt {
    /// From here on, the first signal ends the process at once.
    fn drop(&mut self) {
        self.is_next_the_last.store(true, Ordering::SeqCst);
    }
}

/// A command ended because the process was asked to; with its exit code.
#[derive(Debug)]
pub struct Interrupted(pub u8);

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}
