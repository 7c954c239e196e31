//! A process for a test alone, whose memory or whose switches are the whole process's.

use std::env;
use std::process::Command;

/// Set in the process that `in_a_process_of_its_own` starts.
const ALONE: &str = "TEST_IS_ALONE";

/// Runs a part of the test `test`, which is named with its module, in a process where no other test runs. nextest
/// has started one already; `cargo test` has not.
pub fn in_a_process_of_its_own(test: &str, part: impl FnOnce()) {
    if env::var_os("NEXTEST").is_some() || env::var_os(ALONE).is_some() {
        return part();
    }
    let mut program = Command::new(env::current_exe().unwrap());
    program.args(["--exact", test, "--nocapture"]);
    let output = program.env(ALONE, "1").output().unwrap();
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(output.status.success(), "{stdout}{stderr}");
    assert!(stdout.contains("1 passed"), "{stdout}");
}
