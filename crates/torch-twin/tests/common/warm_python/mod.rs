//! A Python that has imported torch before it is called. Both crates' tests share it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::OnceLock;

/// The server of this process, which ends when its standard input is closed: with this process.
static SERVER: OnceLock<Child> = OnceLock::new();

/// A program that does what `python` does, the one in the workspace's `.venv`, with torch imported already. What
/// libtorch reads from the environment as it is loaded, such as the kind of kernels, is this process's.
///
/// It may be called by this process alone.
pub fn warm_python(workspace: &Path, python: &Path) -> PathBuf {
    let folder = workspace.join("crates/torch-twin/tests/common/warm_python");
    SERVER.get_or_init(|| {
        let mut server = Command::new(python)
            .arg("-B")
            .arg(folder.join("server.py"))
            .arg(format!("warm-python-{}", process::id()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let mut line = String::new();
        let stdout = server.stdout.take().expect("a pipe");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("the server says that it listens");
        assert_eq!(line, "listening\n");
        server
    });
    folder.join("python")
}
