//! Weights that were not made here: other names, wrapped networks.

use std::fs;

use predicates::prelude::*;
use predicates::str::contains;
use tempfile::TempDir;

use super::foreign_files::{eval, foreign, plain, stdout};
use crate::common::{json_file, json_object, lenet5, parity, text, trained_weights};

#[test]
fn what_stands_before_every_name_is_dropped_and_said() {
    for (file, prefix) in [
        ("averaged.pt", "module."),
        ("compiled.safetensors", "_orig_mod."),
        ("lightning.ckpt", "model."),
    ] {
        let path = foreign(file);
        let run = eval(&path, &[]).assert().success();
        let note = format!("{file}: dropped {prefix} before each name");
        run.stdout(plain()).stderr(contains(note));
    }
    let averaged = eval(&foreign("averaged.pt"), &[]).assert();
    averaged.stderr(contains("left out: n_averaged"));
}

#[test]
fn a_folder_of_the_hub_is_read_by_its_index() {
    let hub = foreign("hub");
    for path in [&hub, &hub.join("model.safetensors.index.json")] {
        assert_eq!(stdout(&mut eval(path, &[])), plain(), "{path:?}");
    }
}

#[test]
fn other_names_are_proposed_by_shape_and_taken_when_asked() {
    for (file, old) in [
        ("own.pt", "classifier.0.weight"),
        ("own_beside_optimizer.pt", "net.classifier.0.weight"),
        ("by_paper.safetensors", "c5.weight  = conv3.weight"),
    ] {
        let path = foreign(file);
        let table = contains("in one way only:\n")
            .and(contains(old))
            .and(contains("--map auto"));
        eval(&path, &[]).assert().code(1).stderr(table);
        let run = eval(&path, &["--map", "auto"]).assert().success();
        run.stdout(plain())
            .stderr(contains("taken by their shapes:\n").and(contains(old)));
    }
    // A linear layer is the convolution over the whole of S4.
    let run = eval(&foreign("own.pt"), &["--map", "auto"]).assert();
    let note = "reshaped from [120, 400] to [120, 16, 5, 5]: conv3.weight";
    run.stderr(contains(note));
}

#[test]
fn names_are_given_by_hand_on_the_command_line_or_in_a_file() {
    let path = foreign("by_paper.safetensors");
    let pairs = "c1=conv1,c3=conv2,c5=conv3,f6=fc1,out=fc2";
    assert_eq!(stdout(&mut eval(&path, &["--map", pairs])), plain());
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("names.txt");
    fs::write(&file, format!("# ours\n{}\n", pairs.replace(',', "\n"))).unwrap();
    assert_eq!(stdout(&mut eval(&path, &["--map", text(&file)])), plain());

    let several = contains("below ema., net.; choose one with --map ema=");
    eval(&foreign("both.pt"), &[])
        .assert()
        .code(1)
        .stderr(several);
    let run = eval(&foreign("both.pt"), &["--map", "net="]).assert();
    let left_out = contains("left out: ema.conv1.bias, ");
    run.success().stdout(plain()).stderr(left_out);
}

#[test]
fn a_map_that_does_not_fit_is_refused() {
    let path = foreign("by_paper.safetensors");
    for (map, code, words) in [
        ("c2=conv1", 1, "no tensor is called c2"),
        ("c1=conv1,c3=conv1", 1, "two tensors would be called conv1."),
        ("=conv1", 2, "is no pair OLD=NEW"),
        ("nowhere.txt", 1, "--map nowhere.txt: neither auto"),
        ("c1=conv1", 1, "in one way only"),
    ] {
        eval(&path, &["--map", map])
            .assert()
            .code(code)
            .stderr(contains(words));
    }
    let summary = lenet5(&["summary", "--map", "auto"]).assert();
    summary
        .code(2)
        .stderr(contains("--map is for the weights of"));
}

#[test]
fn another_network_is_told_what_it_lacks_and_the_way_by_torchscript() {
    let words = contains("not the weights of classic:")
        .and(contains("the file has 0.bias [30], 0.weight [30, 1024], "))
        .and(contains(
            "torch.jit.trace(model.eval(), torch.zeros(1, 1, 32, 32))",
        ));
    eval(&foreign("mlp.pt"), &[]).assert().code(1).stderr(words);
}

#[test]
fn every_command_that_takes_weights_takes_other_names_too() {
    let folder = TempDir::new().unwrap();
    let path = foreign("own.pt");
    let weights = text(&path);
    let out = |name: &str| folder.path().join(name);
    let (converted, page, run) = (out("a.safetensors"), out("a.html"), out("run"));
    let picture = "tests/pictures/1-pen.png";
    let train = ["--data", "sample", "--epochs", "1", "--out", text(&run)];
    let commands: [(&[&str], &[&str]); 6] = [
        (&["convert", weights, text(&converted)], &[]),
        (&["page", weights, "--out", text(&page)], &[]),
        (&["predict", weights, picture], &[]),
        (&["show", weights], &[]),
        (&["summary", "--weights", weights], &[]),
        (&["train", "--init", weights], &train),
    ];
    for (command, more) in commands {
        let mut given = lenet5(command);
        given.args(more).args(["--map", "auto"]);
        given.assert().success();
    }
    let one_step = ["--weights", weights, "--data", "sample", "--steps", "1"];
    let mut compared = parity(&one_step);
    compared.args(["--map", "auto"]).assert().success();
    assert_eq!(stdout(&mut eval(&converted, &[])), plain());
    let record = json_file(&run.join("run.json"));
    let info = json_object(
        lenet5(&[
            "convert",
            weights,
            text(&out("b.pt")),
            "--map",
            "auto",
            "--json",
        ]),
        0,
    );
    assert_eq!(record["init"]["weights_sha256"], info["weights_sha256"]);
}

#[test]
fn of_two_networks_in_a_file_one_is_taken_and_the_other_said_or_chosen() {
    let run = eval(&foreign("timm.pt"), &[]).assert().success();
    run.stdout(plain())
        .stderr(contains("left out: model_ema.conv1.bias, "));
    // All of the copy's weights are one half, so it answers one class.
    let chosen = eval(&foreign("timm.pt"), &["--map", "model_ema="]).assert();
    chosen
        .success()
        .stdout(contains("Test Accuracy: ").and(contains("93.90%").not()));
    let chosen = eval(&foreign("timm.pt"), &["--map", "model="]).assert();
    chosen.success().stdout(plain());

    let run = eval(&foreign("plain_and_ema.pt"), &[]).assert().success();
    run.stdout(plain())
        .stderr(contains("left out: ema.conv1.bias, "));
}

#[test]
fn own_names_are_found_under_a_prefix_beside_other_tensors() {
    let path = foreign("own_and_criterion.ckpt");
    let run = eval(&path, &["--map", "auto"]).assert().success();
    run.stdout(plain())
        .stderr(contains("left out: criterion.weight"));
    let path = foreign("own_and_swa.pt");
    let several = contains("below net., swa.; choose one with --map net=");
    eval(&path, &["--map", "auto"])
        .assert()
        .code(1)
        .stderr(several);
    let advice = contains("Take them so with --map PAIRS,auto");
    eval(&path, &["--map", "net="])
        .assert()
        .code(1)
        .stderr(advice);
    let run = eval(&path, &["--map", "net=,auto"]).assert().success();
    run.stdout(plain());
}

#[test]
fn tensors_that_are_numbered_alone_are_not_guessed() {
    let path = foreign("numbered.pt");
    let refused = contains("not the weights of modern").and(contains("one way").not());
    eval(&path, &["--map", "auto"])
        .assert()
        .code(1)
        .stderr(refused);
}

#[test]
fn a_value_that_is_no_number_is_said_under_any_names() {
    let path = foreign("own_nan.pt");
    let words = contains("conv1.bias: expected finite values, found 1 infinite or NaN");
    eval(&path, &["--map", "auto"])
        .assert()
        .code(1)
        .stderr(words);
}

#[test]
fn norms_without_a_count_of_batches_are_taken_as_pytorch_takes_them() {
    let expected = stdout(&mut eval(&foreign("counted.safetensors"), &[]));
    assert_eq!(stdout(&mut eval(&foreign("uncounted.pt"), &[])), expected);
}

#[test]
fn names_of_foreign_files_neither_colour_nor_flood_the_terminal() {
    let run = eval(&foreign("red.pt"), &[]).assert().code(1);
    let stderr = String::from_utf8(run.get_output().stderr.clone()).unwrap();
    assert!(stderr.contains(r"below \u{1b}[31mred0., "), "{stderr}");
    assert!(
        !stderr.contains('\u{1b}') && stderr.len() < 1000,
        "{stderr}"
    );
}

#[test]
fn thousands_of_tensors_are_refused_within_seconds() {
    let start = std::time::Instant::now();
    eval(&foreign("many.pt"), &["--map", "auto"])
        .assert()
        .code(1);
    let seconds = start.elapsed().as_secs();
    // A network built for each of the 255 lengths took a minute for twice as many.
    assert!(seconds < 20, "{seconds} s");
}

#[test]
fn convert_replaces_no_device_pipe_or_link_to_nowhere() {
    let folder = TempDir::new().unwrap();
    let out = |name: &str| folder.path().join(name);
    let (pipe, link) = (out("pipe.onnx"), out("link.onnx"));
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    std::os::unix::fs::symlink("/nowhere/at/all", &link).unwrap();
    for (path, options, words) in [
        (&pipe, &["--force"][..], "is there and not a regular file"),
        (&link, &["--force"][..], "cannot be written"),
        (&link, &[][..], "exists; name another file"),
    ] {
        let mut convert = lenet5(&["convert", text(trained_weights()), text(path)]);
        convert
            .args(options)
            .assert()
            .code(1)
            .stderr(contains(words));
    }
    assert!(link.symlink_metadata().unwrap().is_symlink());
}
