//! The calls are made in a process of its own, which announces each before it makes it. So a call that hangs or
//! aborts is known by its arguments, too.

use std::fmt::Debug;
use std::io::{BufRead, BufReader};
use std::panic::{AssertUnwindSafe, Location, catch_unwind, set_hook};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The functions that are called, as `Type::method` or by their name, and what calls them with bad arguments.
pub type Case = (&'static str, fn(&mut Attempts));

/// Set in the process that makes the calls.
const CALLING: &str = "BAD_ARGUMENTS_CALLING";
/// What the lines of that process begin with.
const CALL: &str = "calling: ";
const PANIC: &str = "panicked: ";
/// A call that takes longer hangs. Each takes milliseconds.
const LIMIT: Duration = Duration::from_secs(20);

/// The calls of the cases.
#[derive(Default)]
pub struct Attempts {
    functions: &'static str,
    panic: Arc<Mutex<String>>,
}

impl Attempts {
    /// Calls a function, which must not panic.
    #[track_caller]
    pub fn call<T>(&mut self, arguments: impl Debug, call: impl FnOnce() -> T) {
        let place = Location::caller();
        let (file, line) = (place.file(), place.line());
        let name = format!("{file}:{line} {arguments:?} ({})", self.functions);
        println!("{CALL}{name}");
        if catch_unwind(AssertUnwindSafe(|| drop(call()))).is_err() {
            println!("{PANIC}{name}: {}", self.panic.lock().unwrap());
        }
    }

    /// Calls a function, which has to refuse its arguments.
    #[track_caller]
    pub fn refused<T, E>(&mut self, arguments: impl Debug, call: impl FnOnce() -> Result<T, E>) {
        self.call(arguments, || assert!(call().is_err(), "not refused"));
    }
}

/// The calls that panicked. The test `test` makes the calls in a process of its own.
pub fn panics(test: &str, cases: impl Iterator<Item = &'static Case>) -> Vec<String> {
    if std::env::var_os(CALLING).is_some() {
        make(cases);
        return Vec::new();
    }
    let calling = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(CALLING, "1")
        .stdout(Stdio::piped())
        .spawn();
    watch(calling.unwrap())
}

/// Makes the calls of all cases.
fn make(cases: impl Iterator<Item = &'static Case>) {
    let mut attempts = Attempts::default();
    let message = attempts.panic.clone();
    set_hook(Box::new(move |panic| {
        *message.lock().unwrap() = panic.to_string().replace('\n', " ");
    }));
    for &(functions, case) in cases {
        attempts.functions = functions;
        if catch_unwind(AssertUnwindSafe(|| case(&mut attempts))).is_err() {
            let message = attempts.panic.lock().unwrap();
            println!("{PANIC}between the calls ({functions}): {message}");
        }
    }
}

/// Reads what the calling process announces, until it ends or hangs.
fn watch(mut calling: Child) -> Vec<String> {
    let output = BufReader::new(calling.stdout.take().unwrap());
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        let lines = output.split(b'\n').map_while(Result::ok);
        lines.for_each(|line| drop(sender.send(line)));
    });
    let (mut last, mut panics, mut calls) = (String::new(), Vec::new(), 0);
    let is_hanging = loop {
        let line = match lines.recv_timeout(LIMIT) {
            Ok(line) => String::from_utf8_lossy(&line).into_owned(),
            Err(ended) => break ended == RecvTimeoutError::Timeout,
        };
        if let Some((_, panic)) = line.split_once(PANIC) {
            panics.push(panic.to_owned());
        } else if let Some((_, call)) = line.split_once(CALL) {
            call.clone_into(&mut last);
            calls += 1;
        }
    };
    if is_hanging {
        calling.kill().unwrap();
        panics.push(format!("hangs: {last}"));
    }
    let status = calling.wait().unwrap();
    if !is_hanging && !status.success() {
        panics.push(format!("ends the process, {status}: {last}"));
    }
    println!("{calls} calls");
    panics
}
