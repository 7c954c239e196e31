//! What several tests need, made once. Each may be a process of its own: nextest starts them so.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::OnceLock;
use std::time::SystemTime;

/// The folder `name`, which `make` fills for the first test of a run that asks for it.
pub fn once_a_run(name: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("once-a-run");
    fs::create_dir_all(&folder).unwrap();
    let [lock, made_in, made] =
        ["lock", "run", "made"].map(|end| folder.join(format!("{name}.{end}")));
    let lock = File::create(lock).unwrap();
    lock.lock().unwrap();
    if fs::read_to_string(&made_in).is_ok_and(|made_in| made_in == run()) {
        return made;
    }
    let _ = fs::remove_dir_all(&made);
    fs::create_dir(&made).unwrap();
    make(&made);
    fs::write(made_in, run()).unwrap();
    made
}

/// Tells this run of the tests from others.
fn run() -> &'static str {
    static RUN: OnceLock<String> = OnceLock::new();
    RUN.get_or_init(|| {
        let this_process = || format!("{} {:?}", process::id(), SystemTime::now());
        env::var("NEXTEST_RUN_ID").unwrap_or_else(|_| this_process())
    })
}
