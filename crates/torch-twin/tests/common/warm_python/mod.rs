//! A Python that has imported torch before it is called. Both crates' tests share it.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::{CommandExt, parent_id};
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::sync::Once;

/// A program that does what `python` does, the one in the workspace's `.venv`, with torch imported already. What
/// libtorch reads from the environment as it is loaded, such as the kind of kernels, is this process's.
///
/// The processes of one run of nextest share it. Otherwise it may be called by this process alone, or by one in whose
/// environment `WARM_PYTHON` is the id of this process.
pub fn warm_python(workspace: &Path, python: &Path) -> PathBuf {
    let folder = workspace.join("crates/torch-twin/tests/common/warm_python");
    static STARTED: Once = Once::new();
    STARTED.call_once(|| match env::var("NEXTEST_RUN_ID") {
        Ok(run) => start(&folder, python, &run, parent_id()),
        Err(_) => start(&folder, python, &process::id().to_string(), process::id()),
    });
    folder.join("python")
}

/// Starts the server `name`, which ends with the process `owner`, unless it is there.
#[allow(
    clippy::zombie_processes,
    reason = "nobody in this process sees the server end"
)]
fn start(folder: &Path, python: &Path, name: &str, owner: u32) {
    let name = format!("warm-python-{name}");
    if fs::read_to_string("/proc/net/unix").is_ok_and(|sockets| sockets.contains(&name)) {
        return;
    }
    let mut server = Command::new(python);
    server.arg("-B").arg(folder.join("server.py"));
    server.args([&name, &owner.to_string()]);
    server.stdin(Stdio::null()).stdout(Stdio::piped());
    if owner != process::id() {
        // It outlives this process, for which nextest would wait on the test's streams.
        server.stderr(Stdio::null()).process_group(0);
    }
    let mut server = server.spawn().expect("Python starts");
    let mut line = String::new();
    let stdout = server.stdout.take().expect("a pipe");
    BufReader::new(stdout)
        .read_line(&mut line)
        .expect("the server says that it listens");
    assert_eq!(line, "listening\n");
}
