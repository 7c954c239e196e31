use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{self, Output};

use assert_cmd::Command;

/// Someone to whom permissions apply: root is let in everywhere.
const NOBODY: u32 = 65534;

/// Runs the binary to its end as another user, which takes root.
pub fn as_another_user(command: &Command) -> Output {
    let run = |arguments: &[&std::ffi::OsStr]| {
        let mut process = process::Command::new(command.get_program());
        process.args(arguments).env_remove("LENET5_DATA");
        process.current_dir(command.get_current_dir().unwrap_or(Path::new(".")));
        let output = process.uid(NOBODY).output();
        output.expect("root becomes another user")
    };
    let help = run(&["--help".as_ref()]);
    assert!(help.status.success(), "another user may run the binary");
    run(&command.get_args().collect::<Vec<_>>())
}
