use std::io::Read;
use std::thread;
use std::time::{Duration, Instant};

use ureq::Agent;

/// Each mirror is asked this often, in turn.
const ROUNDS: usize = 2;

/// Rest before the mirrors are asked again.
const PAUSE: Duration = Duration::from_millis(500);

const BUFFER: usize = 1 << 16;

/// How files are fetched.
#[derive(Clone, Debug)]
pub struct Download {
    /// Folders on the web, each with a slash at its end, tried in this order.
    pub mirrors: Vec<String>,
    /// A mirror from which nothing comes for this long is given up for the next one.
    pub stall: Duration,
    /// All is given up when nothing has come from any mirror for this long.
    pub patience: Duration,
    /// The longest that one file may take from one mirror, however steadily it comes.
    pub longest: Duration,
}

impl Default for Download {
    /// MNIST's public mirrors. A machine without network is known as such within 25 seconds.
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
        // Look-up, connection, answer and a read of the body may each take this long.
        let wait = self.download.stall.min(self.patience_left() / 4);
        let agent: Agent = Agent::config_builder()
            .timeout_resolve(Some(wait))
            .timeout_connect(Some(wait))
            .timeout_send_request(Some(wait))
            .timeout_recv_response(Some(wait))
            .timeout_per_read(Some(wait))
            .timeout_global(Some(self.download.longest))
            .build()
            .into();
        let response = agent.get(url).call().map_err(|error| error.to_string())?;
        let total = response.body().content_length();
        let mut body = response.into_body().into_reader().take(limit + 1);

        let mut bytes = Vec::new();
        let mut buffer = vec![0; BUFFER];
        loop {
            let count = body.read(&mut buffer).map_err(|error| error.to_string())?;
            if count == 0 {
                return Ok(bytes);
            }
            bytes.extend_from_slice(&buffer[..count]);
            if bytes.len() as u64 > limit {
                return Err(format!("more than the {limit} bytes that it can have"));
            }
            self.last_news = Instant::now();
            (self.progress)(DownloadProgress {
                url,
                received: bytes.len() as u64,
                total,
            });
        }
    }
}

#[cfg(test)]
mod tests;
