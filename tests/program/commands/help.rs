//! What the program tells of itself: help, manual, completions; and when it uses colour.

use std::process::Command as Process;

use crate::common::{lenet5, text, trained_weights};
use predicates::prelude::*;
use predicates::str::{contains, starts_with};

const COMMANDS: [&str; 13] = [
    "train",
    "eval",
    "predict",
    "show",
    "summary",
    "parity",
    "fingerprint",
    "convert",
    "page",
    "compare",
    "info",
    "completions",
    "man",
];

#[test]
fn every_command_is_listed_and_has_examples_and_no_marks_of_the_source() {
    let help = lenet5(&["--help"]).assert().success();
    let help = String::from_utf8(help.get_output().stdout.clone()).unwrap();
    let listed = help.lines().filter(|line| line.starts_with("  "));
    let listed: Vec<_> = listed
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    for command in COMMANDS {
        assert!(listed.contains(&command), "{command} in\n{help}");
        let is_plain = contains("[`").or(contains("`]")).or(contains("\x1b")).not();
        let has_example = contains("Example").and(contains(format!("  lenet5 {command}")));
        let help = lenet5(&[command, "--help"]).assert().success();
        help.stdout(is_plain.and(has_example));
    }
}

#[test]
fn a_shells_completions_know_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = lenet5(&["completions", shell]).assert().success();
        let script = String::from_utf8(run.get_output().stdout.clone()).unwrap();
        for command in COMMANDS {
            assert!(script.contains(command), "{command} for {shell}");
        }
        assert!(script.contains("checkpoint-every"), "{shell}");
    }
    lenet5(&["completions", "cmd"]).assert().code(2);
}

#[test]
fn bash_takes_its_completions() {
    let line = "source <(\"$0\" completions bash) && COMP_WORDS=(lenet5 sum) COMP_CWORD=1 && \
                _lenet5 lenet5 sum lenet5 && echo \"${COMPREPLY[@]}\"";
    let program = lenet5(&[]);
    let mut bash = Process::new("bash");
    let output = bash.args(["-c", line]).arg(program.get_program()).output();
    let output = output.expect("bash runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "summary\n");
}

#[test]
fn each_command_has_a_page_of_the_manual() {
    let all = lenet5(&["man"]).assert().success();
    all.stdout(starts_with(".ie").and(contains("lenet5\\-train")));
    let train = lenet5(&["man", "train"]).assert().success();
    train.stdout(contains("checkpoint\\-every").and(contains("Examples")));
    let refused = lenet5(&["man", "trane"]).assert().code(2);
    refused.stderr(contains("there is no command \"trane\""));
}

/// What a command writes to a terminal of its own.
fn on_a_terminal(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let program = lenet5(arguments);
    let words = [program.get_program()]
        .into_iter()
        .chain(program.get_args());
    let words: Vec<_> = words.map(|word| word.to_str().unwrap()).collect();
    let mut script = Process::new("script");
    script.args(["--quiet", "--command", &words.join(" "), "/dev/null"]);
    script.env_remove("NO_COLOR").env("TERM", "xterm-256color");
    let output = script.envs(environment.iter().copied()).output();
    String::from_utf8_lossy(&output.expect("script runs").stdout).into_owned()
}

#[cfg(target_os = "linux")]
#[test]
fn colour_is_for_terminals_whose_user_wants_it() {
    let picture = crate::common::repository("tests/pictures/0-pen.png");
    let predict = ["predict", text(trained_weights()), text(&picture), "--show"];
    for arguments in [&predict[..], &["train", "--help"]] {
        let coloured = on_a_terminal(arguments, &[]);
        assert!(coloured.contains("\x1b["), "{coloured}");
        let plain = on_a_terminal(arguments, &[("NO_COLOR", "1")]);
        assert!(!plain.contains("\x1b["), "{plain}");
        let piped = lenet5(arguments).assert().success();
        piped.stdout(contains("\x1b").not());
    }
}
