use std::io::Read;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Instant;

use ureq::Agent;

const BUFFER: usize = 1 << 16;

/// What comes of a file, piece by piece.
pub enum Part {
    /// The answer's header, with the file's length if it names one.
    Start(Option<u64>),
    /// The next bytes.
    Bytes(Vec<u8>),
    /// Nothing follows.
    End,
}

/// A file on its way from one mirror.
///
/// It is received by a thread of its own, since ureq does not bound every wait: to a proxy's answer
/// and to a redirection's body it gives time anew with each byte. One that nobody waits for any
/// longer ends with the next part, or with the process.
pub struct Transfer {
    parts: Receiver<Result<Part, String>>,
}

impl Transfer {
    /// Asks for a file, of which no more than a byte above `limit` is received.
    pub fn start(agent: Agent, url: &str, limit: u64) -> Result<Self, String> {
        let (sender, parts) = mpsc::sync_channel(1);
        let url = url.to_owned();
        let receive = move || {
            let outcome = receive(&agent, &url, limit, &sender);
            // It fails where nobody waits any longer.
            let _ = sender.send(outcome.map(|()| Part::End));
        };
        let thread = thread::Builder::new().spawn(receive);
        thread.map_err(|error| error.to_string())?;
        Ok(Self { parts })
    }

    /// The next part, if one comes until then.
    pub fn next_until(&self, end: Instant) -> Result<Option<Part>, String> {
        let left = end.saturating_duration_since(Instant::now());
        match self.parts.recv_timeout(left) {
            Ok(part) => part.map(Some),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err("broken off".to_owned()),
        }
    }
}

fn receive(
    agent: &Agent,
    url: &str,
    limit: u64,
    parts: &SyncSender<Result<Part, String>>,
) -> Result<(), String> {
    let response = agent.get(url).call().map_err(|error| error.to_string())?;
    let start = Part::Start(response.body().content_length());
    let mut is_waited_for = parts.send(Ok(start)).is_ok();
    let mut body = response.into_body().into_reader().take(limit + 1);
    let mut buffer = vec![0; BUFFER];
    while is_waited_for {
        let count = body.read(&mut buffer).map_err(|error| error.to_string())?;
        if count == 0 {
            break;
        }
        let part = Part::Bytes(buffer[..count].to_vec());
        is_waited_for = parts.send(Ok(part)).is_ok();
    }
    Ok(())
}
