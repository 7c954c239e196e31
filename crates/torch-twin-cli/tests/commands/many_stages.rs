//! How much time and memory a comparison of many stages takes.
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// A trace of 400,000 stages of one value each.
fn write_many(path: &Path, value: f32) {
    const STAGES: usize = 400_000;
    let (mut stages, mut header) = (Vec::new(), String::from("{"));
    for number in 0..STAGES {
        let (step, module) = (1 + number / 1000, number % 1000 / 2);
        let kind = ["input", "output"][number % 2];
        stages.push(format!(
            r#"{{\"step\":{step},\"kind\":\"{kind}\",\"name\":\"layer{module}.conv\",\"call\":1,\"index\":0}}"#
        ));
        let (start, end) = (4 * number, 4 * number + 4);
        header += &format!(
            r#""step{step}/{kind}/layer{module}.conv/1/0":{{"dtype":"F32","shape":[],"data_offsets":[{start},{end}]}},"#
        );
    }
    let stages = stages.join(",");
    header += &format!(
        r#""__metadata__":{{"format":"torch-twin trace","version":"1","stages":"[{stages}]"}}}}"#
    );
    let mut file = BufWriter::new(File::create(path).unwrap());
    file.write_all(&(header.len() as u64).to_le_bytes())
        .unwrap();
    file.write_all(header.as_bytes()).unwrap();
    for _ in 0..STAGES {
        file.write_all(&value.to_le_bytes()).unwrap();
    }
    file.flush().unwrap();
}

/// The exit code of a program, the seconds that it computed, and the most memory that it had, in kB.
fn computed(program: &mut Command) -> (Option<i32>, f64, u64) {
    let mut child = program
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let folder = format!("/proc/{}", child.id());
    let (mut seconds, mut peak) = (0.0, 0);
    loop {
        // What the kernel tells of a process is gone when it has ended: the last look counts.
        if let (Ok(stat), Ok(status)) = (
            fs::read_to_string(format!("{folder}/stat")),
            fs::read_to_string(format!("{folder}/status")),
        ) {
            let fields: Vec<_> = stat
                .rsplit(')')
                .next()
                .unwrap()
                .split_whitespace()
                .collect();
            let ticks: f64 =
                fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
            seconds = ticks / 100.0;
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let found = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
            peak = peak.max(found.unwrap_or(0));
        }
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code(), seconds, peak);
        }
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn two_traces_of_400_000_stages_are_compared_in_less_than_500_mb_and_10_s() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a.trace", "b.trace"].map(|name| folder.path().join(name));
    write_many(&a, 1.0);
    for (value, expected) in [(1.0, 0), (2.0, 1)] {
        write_many(&b, value);
        let mut program = Command::new(env!("CARGO_BIN_EXE_torch-twin"));
        let (code, seconds, peak) = computed(program.arg("diff").args([&a, &b]));
        println!("{seconds} s, {peak} kB");
        assert_eq!(code, Some(expected));
        assert!(peak < 500_000, "{peak} kB");
        assert!(seconds < 10.0, "{seconds} s");
    }
}
