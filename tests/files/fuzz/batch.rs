//! Batches of cases, each in a process that may crash.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::mutate::mutated;
use super::seeds::Seeds;
use super::targets::Target;

const TARGET: &str = "LENET5_FUZZ_TARGET";
const SEEDS: &str = "LENET5_FUZZ_SEEDS";
const FIRST: &str = "LENET5_FUZZ_FIRST";
const LAST: &str = "LENET5_FUZZ_LAST";

/// The longest that a case may compute.
const LONGEST: Duration = Duration::from_secs(5);

/// The longest that a case may take on a machine that is busy with other things, and a process to
/// come to its first case or to its end.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a process may take beyond what it has at its start: a gigabyte, in KiB.
const MEMORY: u64 = 1 << 20;

/// Cases after which `make fuzz` notes how far it is.
const PART: u64 = 10_000;

/// Reads `count` mutated `seeds`, or as many times more as `LENET5_FUZZ` says, and fails if one of
/// them ends the process, takes too long or too much memory.
///
/// A run of many times more can be broken off, and goes on where it was.
pub fn fuzz(target: Target, seeds: &Seeds, count: u64) {
    let times = env::var("LENET5_FUZZ")
        .ok()
        .and_then(|times| times.parse::<u64>().ok());
    let count = count * times.unwrap_or(1);
    let mut done = times.map_or_else(Done::nothing, |_| Done::load(seeds.name()));
    let limit = memory_at_start(target, seeds) + MEMORY;
    let mut failures = Vec::new();
    while done.cases < count && failures.len() < 5 {
        let start = Instant::now();
        let part = done.cases..count.min(done.cases + PART);
        let end = match failing_case(target, seeds, part.clone(), limit) {
            None => part.end,
            Some((number, how)) => {
                let file = keep(target, &mutated(seeds.contents(), number), number);
                failures.push(format!("case {number} {how}; it is in {}", file.display()));
                number + 1
            }
        };
        done = Done {
            cases: end,
            seconds: done.seconds + start.elapsed().as_secs_f64(),
        };
        if times.is_some() {
            done.save(seeds.name());
            let Done { cases, seconds } = done;
            eprintln!(
                "{}: {cases} of {count} cases in {seconds:.0} s",
                seeds.name()
            );
        }
    }
    assert!(failures.is_empty(), "{target:?}:\n{}", failures.join("\n"));
    Done::forget(seeds.name());
}

/// How far a run is that can be broken off.
struct Done {
    cases: u64,
    seconds: f64,
}

impl Done {
    fn nothing() -> Self {
        Self {
            cases: 0,
            seconds: 0.0,
        }
    }

    fn file(name: &str) -> PathBuf {
        folder().join(format!("{name}.done"))
    }

    fn load(name: &str) -> Self {
        let text = fs::read_to_string(Self::file(name)).unwrap_or_default();
        let done = text.split_once(' ').and_then(|(cases, seconds)| {
            Some(Self {
                cases: cases.parse().ok()?,
                seconds: seconds.parse().ok()?,
            })
        });
        done.unwrap_or_else(Self::nothing)
    }

    fn save(&self, name: &str) {
        fs::write(Self::file(name), format!("{} {}", self.cases, self.seconds)).expect("written");
    }

    fn forget(name: &str) {
        // There is none after a short run.
        let _ = fs::remove_file(Self::file(name));
    }
}

/// Runs the cases in one process: the first that ends it, and how.
fn failing_case(
    target: Target,
    seeds: &Seeds,
    numbers: std::ops::Range<u64>,
    limit: u64,
) -> Option<(u64, String)> {
    let (mut child, lines) = start(target, seeds, numbers.clone(), Some(limit));
    let (mut current, mut is_done) = (None, false);
    let mut began = (Instant::now(), computed(&child));
    let how = loop {
        match lines.recv_timeout(LONGEST) {
            Ok(line) => {
                is_done |= line == "done";
                if let Some(number) = line.strip_prefix("case ") {
                    current = Some(number.parse().expect("a number"));
                }
                began = (Instant::now(), computed(&child));
            }
            Err(RecvTimeoutError::Disconnected) => break None,
            Err(RecvTimeoutError::Timeout) => {
                let in_a_case = current.is_some() && !is_done;
                let is_too_long = in_a_case && computed(&child).saturating_sub(began.1) >= LONGEST;
                if is_too_long || began.0.elapsed() >= PATIENCE {
                    child.kill().expect("killed");
                    break Some("took too long".to_owned());
                }
            }
        }
    };
    let output = child.wait_with_output().expect("a child");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    if how.is_none() && is_done {
        eprint!("{stderr}");
        return None;
    }
    let words = || format!("ended the process, {}: {stderr}", output.status);
    Some((current.unwrap_or(numbers.start), how.unwrap_or_else(words)))
}

/// The time that a process has computed; none once it has ended.
fn computed(child: &Child) -> Duration {
    // User and system time are the 14th and the 15th word, in hundredths of a second; the second
    // word is the program's name in brackets.
    let text = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
    let words = text
        .rsplit_once(')')
        .map_or("", |(_, words)| words)
        .split_whitespace();
    let ticks: u64 = words
        .skip(11)
        .take(2)
        .filter_map(|word| word.parse::<u64>().ok())
        .sum();
    Duration::from_millis(10 * ticks)
}

/// Starts this test program as a batch of its own, with its lines of output.
fn start(
    target: Target,
    seeds: &Seeds,
    numbers: std::ops::Range<u64>,
    limit: Option<u64>,
) -> (Child, mpsc::Receiver<String>) {
    let limit = limit.map_or("unlimited".to_owned(), |limit| limit.to_string());
    let mut command = Command::new("bash");
    command.args(["-c", "ulimit -c 0; ulimit -v \"$0\"; exec \"$@\"", &limit]);
    command.arg(env::current_exe().expect("this program"));
    command.args([
        "--exact",
        "fuzz::batch_in_a_process_of_its_own",
        "--ignored",
        "--nocapture",
    ]);
    command
        .env(TARGET, target.name())
        .env(SEEDS, seeds.folder());
    command
        .env(FIRST, numbers.start.to_string())
        .env(LAST, numbers.end.to_string());
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("bash starts");
    let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in stdout.lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    (child, lines)
}

/// What a process has taken when it is about to read its first case, in KiB.
fn memory_at_start(target: Target, seeds: &Seeds) -> u64 {
    let (child, lines) = start(target, seeds, 0..0, None);
    let memory = lines
        .iter()
        .find_map(|line| line.strip_prefix("memory ")?.parse().ok());
    let output = child.wait_with_output().expect("a child");
    memory.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

/// Runs the batch that the environment names.
pub fn run() {
    let get = |name: &str| env::var(name).expect("`fuzz` sets it");
    let target = Target::of(&get(TARGET));
    let seeds = Seeds::load(Path::new(&get(SEEDS)));
    let numbers =
        get(FIRST).parse::<u64>().expect("a number")..get(LAST).parse().expect("a number");
    tch::set_num_threads(1);
    let mut reader = target.reader();
    // What is allocated once, such as threads and tables, is not a case's.
    for (index, contents) in seeds.contents().iter().enumerate() {
        assert!(reader(contents), "seed {index} is valid");
    }
    // The test runner has begun the line with the name of this test.
    println!("\nmemory {}", virtual_memory());
    let (mut taken, all) = (0, numbers.end - numbers.start);
    for number in numbers {
        println!("case {number}");
        std::io::stdout().flush().expect("a pipe");
        taken += u64::from(reader(&mutated(seeds.contents(), number)));
    }
    println!("done");
    eprintln!("{target:?}: {taken} of {all} cases were taken, the others refused");
}

fn virtual_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status.lines().find_map(|line| line.strip_prefix("VmPeak:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.expect("Linux tells")
}

/// Keeps a failing case, to be looked at and made smaller.
fn keep(target: Target, contents: &[u8], number: u64) -> PathBuf {
    let file = folder().join(format!("{}-{number}", target.name()));
    fs::write(&file, contents).expect("written");
    file
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
    fs::create_dir_all(&folder).expect("a folder");
    folder
}
