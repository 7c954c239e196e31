mod transfer;

use std::thread;
use std::time::{Duration, Instant};

use ureq::Agent;

use self::transfer::{Part, Transfer};

/// Each mirror is asked this often, in turn.
const ROUNDS: usize = 2;

/// Rest before the mirrors are asked again.
const PAUSE: Duration = Duration::from_millis(500);

/// How files are fetched.
#[derive(Clone, Debug)]
pub struct Download {
    /// Folders on the web, each with a slash at its end, tried in this order.
    pub mirrors: Vec<String>,
    /// A mirror that lets one wait this long is given up for the next one.
    pub stall: Duration,
    /// All is given up when all mirrors together have let one wait this long.
    pub patience: Duration,
    /// Fewer bytes of a file than these do not end a wait, however steadily they drip.
    pub least: usize,
    /// The longest that one file may take from one mirror, however steadily it comes.
    pub longest: Duration,
}

impl Default for Download {
    /// MNIST's public mirrors. A machine without network is known as such within 25 seconds, one
    /// whose proxy keeps it waiting too. At less than 64 KiB in 6 seconds, the largest file would not
    /// come in its longest time anyway.
    fn default() -> Self {
        Self {
            mirrors: [
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
                "https://storage.googleapis.com/cvdf-datasets/mnist/",
            ]
            .map(str::to_owned)
            .to_vec(),
            stall: Duration::from_secs(6),
            patience: Duration::from_secs(25),
            least: 64 << 10,
            longest: Duration::from_secs(10 * 60),
        }
    }
}

/// How far the download of a file is.
#[derive(Clone, Copy, Debug)]
pub struct DownloadProgress<'a> {
    /// The file.
    pub url: &'a str,
    /// Bytes that have come.
    pub received: u64,
    /// Bytes in all, if the mirror said so.
    pub total: Option<u64>,
}

/// Several files fetched one after another, which share one patience.
pub(super) struct Fetcher<'a> {
    download: &'a Download,
    progress: &'a mut dyn FnMut(DownloadProgress),
    last_news: Instant,
}

impl<'a> Fetcher<'a> {
    pub(super) fn new(
        download: &'a Download,
        progress: &'a mut dyn FnMut(DownloadProgress),
    ) -> Self {
        Self {
            download,
            progress,
            last_news: Instant::now(),
        }
    }

    /// Fetches the file `name`, of at most `limit` bytes, from the first mirror whose bytes `check`
    /// accepts. Gives the bytes and what `check` made of them, or what each mirror did instead.
    pub(super) fn fetch<T>(
        &mut self,
        name: &str,
        limit: u64,
        check: impl Fn(&[u8]) -> Result<T, String>,
    ) -> Result<(Vec<u8>, T), String> {
        let mirrors = &self.download.mirrors;
        let mut failures = vec![String::from("not asked"); mirrors.len()];
        'rounds: for round in 0..ROUNDS {
            if round > 0 {
                thread::sleep(PAUSE.min(self.patience_left()));
            }
            for (mirror, failure) in mirrors.iter().zip(&mut failures) {
                if self.patience_left().is_zero() {
                    break 'rounds;
                }
                let checked = self
                    .get(&format!("{mirror}{name}"), limit)
                    .and_then(|bytes| check(&bytes).map(|made| (bytes, made)));
                match checked {
                    Ok(fetched) => return Ok(fetched),
                    Err(error) => *failure = error,
                }
            }
        }
        let failures = mirrors.iter().zip(failures);
        Err(failures
            .map(|(mirror, failure)| format!("{mirror}{name}: {failure}"))
            .collect::<Vec<_>>()
            .join("; "))
    }

    fn patience_left(&self) -> Duration {
        self.download
            .patience
            .saturating_sub(self.last_news.elapsed())
    }

    /// One attempt at one mirror.
    fn get(&mut self, url: &str, limit: u64) -> Result<Vec<u8>, String> {
        let transfer = Transfer::start(self.agent(), url, limit)?;
        let mut wait_ends = Instant::now() + self.patience_left();
        let mut is_answered = false;
        let mut total = None;
        let mut bytes = Vec::new();
        let mut bytes_at_last_news = 0;
        loop {
            match transfer.next_until(wait_ends)? {
                Some(Part::Start(length)) => {
                    is_answered = true;
                    total = length;
                    wait_ends = Instant::now() + self.download.stall.min(self.patience_left());
                }
                Some(Part::Bytes(part)) => bytes.extend(part),
                Some(Part::End) => return Ok(bytes),
                None if is_answered => {
                    let Download { stall, least, .. } = self.download;
                    return Err(format!("timeout: fewer than {least} bytes in {stall:?}"));
                }
                None => return Err("timeout: no answer".to_owned()),
            }
            if bytes.len() as u64 > limit {
                return Err(format!("more than the {limit} bytes that it can have"));
            }
            if bytes.len() - bytes_at_last_news >= self.download.least {
                bytes_at_last_news = bytes.len();
                self.last_news = Instant::now();
                wait_ends = self.last_news + self.download.stall.min(self.patience_left());
            }
            (self.progress)(DownloadProgress {
                url,
                received: bytes.len() as u64,
                total,
            });
        }
    }

    /// For one attempt, which it ends in time for the next mirror, if what answers is well-behaved.
    fn agent(&self) -> Agent {
        // Look-up, connection, sending and answer may each take this long.
        let wait = self.download.stall.min(self.patience_left() / 4);
        let config = Agent::config_builder()
            .timeout_resolve(Some(wait))
            .timeout_connect(Some(wait))
            .timeout_send_request(Some(wait))
            .timeout_recv_response(Some(wait))
            .timeout_global(Some(self.download.longest));
        config.build().into()
    }
}

#[cfg(test)]
mod tests;
