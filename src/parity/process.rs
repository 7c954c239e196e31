use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// This much of what a process writes to a pipe is kept, the last of it.
const KEPT: usize = 8 << 10;

/// The longest wait for the rest of the output, after all writers but those that hid have ended.
const REST: Duration = Duration::from_secs(1);

/// A child process in a group of its own, so that what it starts can be ended with it.
pub struct Process {
    child: Child,
    stdout: Pipe,
    stderr: Pipe,
}

/// How a process ended.
pub struct Ended {
    pub status: ExitStatus,
    /// The end of what it wrote to standard output.
    pub stdout: String,
    /// The end of what it wrote to standard error.
    pub stderr: String,
}

impl Process {
    /// Starts a process that has nothing to read, and whose output is read as it comes.
    pub fn start(mut command: Command) -> io::Result<Self> {
        command.stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        Ok(Self {
            stdout: Pipe::read(child.stdout.take()),
            stderr: Pipe::read(child.stderr.take()),
            child,
        })
    }

    /// Bytes that it has written, to standard output or standard error, whichever has more.
    pub fn written(&self) -> u64 {
        let written = |pipe: &Pipe| pipe.output.tail().written;
        written(&self.stdout).max(written(&self.stderr))
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> io::Result<bool> {
        #[cfg(unix)]
        {
            use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
            // Not reaped, it keeps its number, and with it the group that is still to be ended.
            let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            Ok(waitid(WaitId::Pid(Pid::from_child(&self.child)), look)?.is_some())
        }
        #[cfg(not(unix))]
        Ok(self.child.try_wait()?.is_some())
    }

    /// Ends it, and what is left of its group.
    pub fn end(mut self) -> io::Result<Ended> {
        // It fails where nothing is left.
        #[cfg(unix)]
        let _ = {
            use rustix::process::{Pid, Signal, kill_process_group};
            kill_process_group(Pid::from_child(&self.child), Signal::KILL)
        };
        #[cfg(not(unix))]
        let _ = self.child.kill();
        let status = self.child.wait()?;
        let rest_ends = Instant::now() + REST;
        Ok(Ended {
            status,
            stdout: self.stdout.last(rest_ends),
            stderr: self.stderr.last(rest_ends),
        })
    }
}

/// A pipe from a process. It is read to its end by a thread, so that no writer has to wait.
struct Pipe {
    output: Output,
    reader: JoinHandle<()>,
}

impl Pipe {
    fn read(pipe: Option<impl Read + Send + 'static>) -> Self {
        let output = Output::default();
        let mut sink = output.clone();
        let reader = thread::spawn(move || {
            if let Some(mut pipe) = pipe {
                // What came before a failure is all that there is.
                let _ = io::copy(&mut pipe, &mut sink);
            }
        });
        Self { output, reader }
    }

    /// The last that came through it, at that time at the latest.
    fn last(self, latest: Instant) -> String {
        while !self.reader.is_finished() && Instant::now() < latest {
            thread::sleep(Duration::from_millis(1));
        }
        String::from_utf8_lossy(&self.output.tail().last).into_owned()
    }
}

/// Takes any amount of bytes, counts them and keeps the last.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Tail>>);

#[derive(Default)]
struct Tail {
    written: u64,
    last: Vec<u8>,
}

impl Output {
    fn tail(&self) -> MutexGuard<'_, Tail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut tail = self.tail();
        tail.written += bytes.len() as u64;
        tail.last.extend_from_slice(bytes);
        let surplus = tail.last.len().saturating_sub(KEPT);
        tail.last.drain(..surplus);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
