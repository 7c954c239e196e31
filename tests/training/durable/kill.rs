use std::env;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use lenet5::variant::VARIANTS;

use super::run::Workshop;
use crate::common::{spawn, stderr};

/// Kills over all variants together; `make soak` asks for more.
fn kills_wanted() -> usize {
    let wanted = env::var("LENET5_KILLS")
        .ok()
        .and_then(|number| number.parse().ok());
    wanted.unwrap_or(16)
}

/// Numbers for the moments; a failure prints the seed that brought it.
struct Random(u64);

impl Random {
    fn from_env() -> Self {
        let given = env::var("LENET5_KILL_SEED")
            .ok()
            .and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| u64::from(std::process::id()) << 20 | 1);
        eprintln!("LENET5_KILL_SEED={seed} brings the same moments again");
        Self(seed)
    }

    /// A moment before `end`.
    fn before(&mut self, end: Duration) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        end.mul_f64((self.0 >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

/// A training of some seconds, most of which goes into writing a checkpoint after every step.
const LONG: [&str; 6] = [
    "--epochs",
    "12",
    "--checkpoint-every",
    "1",
    "--validation",
    "40",
];

#[test]
fn a_training_killed_at_random_moments_ends_with_the_same_bits() {
    let mut random = Random::from_env();
    let wanted = kills_wanted().div_ceil(VARIANTS.len());
    for variant in VARIANTS {
        let workshop = Workshop::new();
        let options = [&["--variant", variant.name], LONG.as_slice()].concat();
        let start = Instant::now();
        workshop
            .train(&options)
            .args(["--out", "whole"])
            .assert()
            .success();
        let whole_takes = start.elapsed();
        let (mut kills, mut in_writing, mut round) = (0, 0, 0);
        while kills < wanted {
            round += 1;
            let out = format!("killed-{round}");
            let counts = kill_until_done(&workshop, &options, &out, &mut || {
                random.before(whole_takes)
            });
            (kills, in_writing) = (kills + counts.0, in_writing + counts.1);
            assert_eq!(
                workshop.result(&out),
                workshop.result("whole"),
                "{} {out}",
                variant.name
            );
            assert_eq!(
                workshop.files(&out),
                workshop.files("whole"),
                "nothing is left over"
            );
        }
        let name = variant.name;
        eprintln!(
            "{name}: {kills} kills, {in_writing} while a file was written; {round} trainings"
        );
    }
}

/// Trains into `out`, killing every process after a moment of its own, until one comes to its end
/// before that. Gives the number of processes killed, and of those that were writing a file.
fn kill_until_done(
    workshop: &Workshop,
    options: &[&str],
    out: &str,
    moment: &mut dyn FnMut() -> Duration,
) -> (usize, usize) {
    let (mut kills, mut in_writing) = (0, 0);
    loop {
        // Before there is a first checkpoint, a training can only begin anew.
        let has_begun = workshop.path(out).exists() && !workshop.checkpoints(out).is_empty();
        let command = if has_begun {
            let mut command = workshop.resume(out);
            command.args(["--checkpoint-every", "1"]);
            command
        } else {
            let mut command = workshop.train(options);
            command.args(["--out", out]);
            command
        };
        let child = spawn(&command);
        if !killed_after(child, moment()) {
            return (kills, in_writing);
        }
        kills += 1;
        let files = if workshop.path(out).exists() {
            workshop.files(out)
        } else {
            Vec::new()
        };
        in_writing += usize::from(files.iter().any(|name| name.ends_with(".tmp")));
    }
}

/// Whether the process was still there to be killed; if it was not, it must have succeeded.
fn killed_after(mut child: Child, moment: Duration) -> bool {
    thread::sleep(moment);
    // Nothing happens to a process that has come to its end before that.
    child.kill().expect("killed");
    let output = child.wait_with_output().expect("a child");
    assert!(
        output.status.success() || output.status.code().is_none(),
        "{}",
        stderr(&output)
    );
    !output.status.success()
}
