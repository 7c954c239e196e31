use std::fs;

use super::run::Workshop;

/// Ten steps an epoch, a checkpoint in the midst of the last one, which begins with what a schedule has made
/// of two validations.
const OPTIONS: [&str; 6] = [
    "--epochs",
    "3",
    "--validation",
    "40",
    "--checkpoint-every",
    "7",
];

/// Where the runs are broken off: after step 28 of 30.
const MIDST: &str = "checkpoint-00000028.safetensors";

/// Copies a run's newest checkpoint but one, the one in the midst of the last epoch.
fn break_off(workshop: &Workshop, run: &str, part: &str) {
    fs::create_dir(workshop.path(part)).unwrap();
    let checkpoint = workshop.path(run).join(MIDST);
    fs::copy(checkpoint, workshop.path(part).join(MIDST)).unwrap();
}

#[test]
fn either_language_goes_on_from_the_others_checkpoint_to_the_same_bits() {
    let workshop = Workshop::new();
    for variant in lenet5::variant::VARIANTS {
        let name = |run: &str| format!("{}-{run}", variant.name);
        let (rust, python) = (name("rust"), name("python"));
        let options = [&["--variant", variant.name], OPTIONS.as_slice()].concat();
        workshop
            .train(&options)
            .args(["--out", &rust])
            .assert()
            .success();
        let one_thread = ["--threads", "1", "--batch-size", "60"];
        let mut reference = workshop.python(&options);
        reference
            .args(one_thread)
            .args(["--out", &python])
            .assert()
            .success();
        let result = workshop.result(&rust);
        assert_eq!(workshop.result(&python), result, "{}", variant.name);

        let [from_rust, from_python] = ["from-rust", "from-python"].map(name);
        break_off(&workshop, &rust, &from_rust);
        workshop
            .python(&["--resume", &from_rust])
            .assert()
            .success();
        assert_eq!(
            workshop.result(&from_rust),
            result,
            "{} from Rust",
            variant.name
        );

        break_off(&workshop, &python, &from_python);
        workshop.resume(&from_python).assert().success();
        assert_eq!(
            workshop.result(&from_python),
            result,
            "{} from Python",
            variant.name
        );
    }
}

/// A cycle that is stepped by batches, and schedules by epochs that are stepped again; the last is on its plateau
/// after the second epoch.
#[test]
fn a_schedule_goes_on_in_the_midst_of_an_epoch_in_either_language() {
    let workshop = Workshop::new();
    for (index, schedule) in [
        "onecycle",
        "onecycle --optimizer sgd",
        "linear --end-factor 0.1",
        "exponential --gamma 0.3",
        "step --step-size 1",
        "plateau --plateau-patience 0 --optimizer sgd --lr 0.5",
    ]
    .into_iter()
    .enumerate()
    {
        let [whole, rust, python] = ["whole", "rust", "python"].map(|run| format!("{run}-{index}"));
        let options = ["--schedule"].into_iter().chain(schedule.split(' '));
        let mut train = workshop.train(&OPTIONS);
        train
            .args(options)
            .args(["--out", &whole])
            .assert()
            .success();
        break_off(&workshop, &whole, &rust);
        workshop.resume(&rust).assert().success();
        assert_eq!(
            workshop.result(&rust),
            workshop.result(&whole),
            "{schedule}"
        );
        break_off(&workshop, &whole, &python);
        workshop.python(&["--resume", &python]).assert().success();
        assert_eq!(
            workshop.result(&python),
            workshop.result(&whole),
            "{schedule}"
        );
    }
}

#[test]
fn the_reference_refuses_what_would_change_the_bits() {
    let workshop = Workshop::new();
    workshop
        .train(&["--epochs", "1", "--out", "run"])
        .assert()
        .success();
    let refused = |arguments: &[&str], words: &str| {
        let mut command = workshop.python(&["--resume", "run"]);
        command
            .args(arguments)
            .assert()
            .code(1)
            .stderr(predicates::str::contains(words));
    };
    refused(&["--lr", "0.1"], "lr is 0.001 in the run, 0.1 now");
    refused(&["--threads", "2"], "threads is 1 in the run, 2 now");
    refused(&["--gamma", "0.5"], "gamma is None in the run, 0.5 now");
    workshop.write_data("data", 2);
    refused(&[], "data_sha256");
}
