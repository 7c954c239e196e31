//! Weights that were not made here: other names, wrapped networks, modules with inputs of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::common::{json_file, json_object, lenet5, python, text, trained_weights};
use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use tempfile::TempDir;

/// The trained weights as other programs keep them, a file each.
fn foreign(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("foreign");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        python(PROGRAM, [trained_weights(), &folder]);
        folder
    });
    folder.join(name)
}

const PROGRAM: &str = r#"
import json, torch
from collections import OrderedDict
from pathlib import Path
from safetensors.torch import load_file, save_file
from torch import nn
from load_weights import load_weights
from model import VARIANTS

weights, folder = Path(sys.argv[1]), Path(sys.argv[2])
model = load_weights(weights)
state_dict = model.state_dict()

class Own(nn.Module):
    """As many write it: a Linear in place of C5, names of their own."""

    def __init__(self, side):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2 if side == 28 else 0), nn.Tanh(), nn.AvgPool2d(2),
            nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(),
        )
        self.classifier = nn.Sequential(
            nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10)
        )

    def forward(self, x):
        return self.classifier(self.features(x))

def own(side):
    network = Own(side)
    values = iter(state_dict.values())
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(next(values).reshape(parameter.shape))
    return network.eval()

torch.save(own(32).state_dict(), folder / "own.pt")
torch.save({"net": own(32).state_dict(), "optimizer": {"state": {0: {"exp_avg": torch.ones(3)}}}},
           folder / "own_beside_optimizer.pt")
both = {"net": state_dict, "ema": state_dict}
torch.save(both, folder / "both.pt")
names = {"conv1": "c1", "conv2": "c3", "conv3": "c5", "fc1": "f6", "fc2": "out"}
named = {f"{names[n.split('.')[0]]}.{n.split('.')[1]}": t for n, t in state_dict.items()}
save_file(named, folder / "by_paper.safetensors")
torch.save(torch.optim.swa_utils.AveragedModel(model).state_dict(), folder / "averaged.pt")
save_file({f"_orig_mod.{n}": t for n, t in state_dict.items()}, folder / "compiled.safetensors")
torch.save({"state_dict": OrderedDict((f"model.{n}", t) for n, t in state_dict.items()),
            "pytorch-lightning_version": "2.5.0", "epoch": 4, "global_step": 5, "loops": {},
            "callbacks": {}, "optimizer_states": [], "lr_schedulers": []}, folder / "lightning.ckpt")
torch.save(nn.Sequential(nn.Linear(1024, 30), nn.Linear(30, 10)).state_dict(), folder / "mlp.pt")
hub = folder / "hub"
hub.mkdir()
for part in "ab":
    save_file({n: t for n, t in state_dict.items() if (n < "f") == (part == "a")},
              hub / f"{part}.safetensors")
index = {n: f"{'a' if n < 'f' else 'b'}.safetensors" for n in state_dict}
(hub / "model.safetensors.index.json").write_text(json.dumps({"weight_map": index}))

class Normalized(nn.Module):
    """What was trained on normalised images, and says nothing of it."""

    def __init__(self, network, mean, std):
        super().__init__()
        self.network, self.mean, self.std = network, mean, std

    def forward(self, x):
        return self.network(x * self.std + self.mean)

copy = {n: torch.full_like(t, 0.5) for n, t in state_dict.items()}
torch.save({"model": state_dict, "model_ema": copy, "epoch": 3}, folder / "timm.pt")
torch.save({**state_dict, **{f"ema.{n}": t for n, t in copy.items()}}, folder / "plain_and_ema.pt")
own_names = own(32).state_dict()
torch.save({"net": own_names, "swa": own_names, "step": torch.tensor(5)}, folder / "own_and_swa.pt")
torch.save({"state_dict": {**{f"model.{n}": t for n, t in own_names.items()},
                           "criterion.weight": torch.ones(10)}}, folder / "own_and_criterion.ckpt")
nan = {n: t.clone() for n, t in own_names.items()}
nan["features.0.bias"][2] = float("nan")
torch.save(nan, folder / "own_nan.pt")
torch.save({f"arr_{i}": t for i, t in enumerate(VARIANTS["modern"]().state_dict().values())},
           folder / "numbered.pt")
torch.save({f"\x1b[31mred{i}.{n}": t for i in range(30) for n, t in state_dict.items()},
           folder / "red.pt")
torch.save({f"{i}.{n}": torch.ones(i % 255 + 2) for i in range(3000) for n in "ab"},
           folder / "many.pt")
torch.manual_seed(0)
old = VARIANTS["modern"]().eval().state_dict()
save_file(old, folder / "counted.safetensors")
torch.save({n: t for n, t in old.items() if "num_batches" not in n}, folder / "uncounted.pt")

def save(network, side, name):
    torch.jit.trace(network, torch.zeros(2, 1, side, side)).save(folder / name)

save(own(28), 28, "takes_28.pt")
save(own(32), 32, "takes_32.pt")
save(Normalized(own(28), 0.1307, 0.3081).eval(), 28, "normalized.pt")
save(nn.Sequential(own(32), nn.Softmax(1)), 32, "softmax.pt")

class Relu(nn.Module):
    """The names and shapes of classic, and another network."""

    def __init__(self):
        super().__init__()
        for name, module in model.named_children():
            self.add_module(name, module)

    def forward(self, x):
        x = self.pool1(torch.relu(self.conv1(x)))
        x = self.pool2(torch.relu(self.conv2(x)))
        x = torch.relu(self.conv3(x)).flatten(1)
        return self.fc2(torch.relu(self.fc1(x)))

save(Relu(), 32, "relu.pt")
"#;

fn eval(weights: &Path, options: &[&str]) -> Command {
    let mut command = lenet5(&["eval", text(weights), "--data", "sample"]);
    command.args(options);
    command
}

/// What `eval` says of the trained weights as they are.
fn plain() -> &'static str {
    static PLAIN: OnceLock<String> = OnceLock::new();
    PLAIN.get_or_init(|| stdout(&mut eval(trained_weights(), &[])))
}

fn stdout(command: &mut Command) -> String {
    let run = command.assert().success();
    String::from_utf8(run.get_output().stdout.clone()).unwrap()
}

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
    let parity = ["--data", "sample", "--steps", "1"];
    let commands: [(&[&str], &[&str]); 7] = [
        (&["convert", weights, text(&converted)], &[]),
        (&["page", weights, "--out", text(&page)], &[]),
        (&["predict", weights, picture], &[]),
        (&["show", weights], &[]),
        (&["summary", "--weights", weights], &[]),
        (&["parity", "--weights", weights], &parity),
        (&["train", "--init", weights], &train),
    ];
    for (command, more) in commands {
        let mut given = lenet5(command);
        given.args(more).args(["--map", "auto"]);
        given.assert().success();
    }
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
fn a_module_of_28_by_28_is_recognised_and_its_input_is_said() {
    for (file, side) in [("takes_32.pt", 32), ("takes_28.pt", 28)] {
        let path = foreign(file);
        let note = format!("it is given N×1×{side}×{side} with values from 0 to 1");
        let run = eval(&path, &[]).assert().success();
        run.stdout(plain()).stderr(contains(note));
        let other = if side == 28 { "32" } else { "28" };
        let refused = eval(&path, &["--input-size", other]).assert().code(1);
        refused.stderr(contains("mat1 and mat2 shapes cannot be multiplied"));
    }
}

#[test]
fn a_module_that_wants_normalised_images_gets_them() {
    let path = foreign("normalized.pt");
    let normalize = ["--normalize", "0.1307,0.3081"];
    let accuracy = |command| json_object(command, 0)["accuracy"].as_f64().unwrap();
    let given = accuracy(eval(&path, &[&normalize[..], &["--json"]].concat()));
    let missing = accuracy(eval(&path, &["--json"]));
    let plain = accuracy(eval(trained_weights(), &["--json"]));
    assert_eq!(given, plain);
    assert!(missing < plain, "{missing} without, {plain} with");
    let picture = "tests/pictures/1-pen.png";
    let predict = lenet5(&[
        "predict",
        text(&path),
        picture,
        "--normalize",
        "0.1307,0.3081",
    ]);
    { predict }.assert().success().stdout(contains("  1  "));
    for wrong in ["0.1307", "0.1,0", "a,b", "0.1,-1"] {
        eval(&path, &["--normalize", wrong]).assert().code(2);
    }
}

#[test]
fn normalised_images_have_the_bits_of_torchvision() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("images.safetensors");
    let program = "import torch
from safetensors.torch import save_file
from torchvision import transforms
torch.manual_seed(0)
images = torch.randint(0, 256, (4, 1, 32, 32)).float() / 255
normalize = transforms.Normalize((0.1307,), (0.3081,))
save_file({'images': images, 'normalized': normalize(images)}, sys.argv[1])";
    python(program, [&file]);
    let tensors = torch_twin::weights::load(&file, 1 << 20).unwrap().tensors;
    let input = lenet5::variant::Preprocessing {
        normalize: Some("0.1307, 0.3081".parse().unwrap()),
        ..lenet5::variant::Preprocessing::PLAIN
    };
    let normalized = input.prepare(&tensors["images"]).unwrap();
    crate::common::assert_identical("normalised", &tensors["normalized"], &normalized);
}

#[test]
fn parity_with_a_module_wants_weights_and_takes_its_input() {
    let module = foreign("takes_28.pt");
    let parity = |options: &[&str]| {
        let mut command = lenet5(&["parity", "--data", "sample", "--module", text(&module)]);
        command.args(options);
        command
    };
    parity(&[]).assert().code(2).stderr(contains("--weights"));
    let weights = ["--weights", text(trained_weights())];
    let run = parity(&weights).assert();
    let given = contains("it is given N×1×28×28");
    run.stderr(given)
        .stdout(contains("Test accuracy of the weights at the start: "));
    let without = lenet5(&["parity", "--input-size", "28"]).assert();
    without
        .code(2)
        .stderr(contains("are for the module of --module"));
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
fn a_module_that_ends_in_a_softmax_is_noticed() {
    let run = eval(&foreign("softmax.pt"), &[]).assert().success();
    run.stderr(contains("gives probabilities instead of logits"));
}

#[test]
fn a_modules_tensors_are_taken_without_its_program_and_that_is_said() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out.safetensors");
    let convert = lenet5(&["convert", text(&foreign("relu.pt")), text(&out)]).assert();
    convert
        .success()
        .stderr(contains("its program was not run"));
}

#[test]
fn our_networks_on_28_by_28_are_padded_after_they_are_normalised() {
    let options = ["--normalize", "0.1307,0.3081", "--input-size", "28"];
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("images.safetensors");
    let program = "import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torchvision import transforms
torch.manual_seed(0)
images = torch.randint(0, 256, (4, 1, 28, 28)).float() / 255
normalized = transforms.Normalize((0.1307,), (0.3081,))(images)
save_file({'images': F.pad(images, (2,) * 4), 'padded': F.pad(normalized, (2,) * 4)}, sys.argv[1])";
    python(program, [&file]);
    let tensors = torch_twin::weights::load(&file, 1 << 20).unwrap().tensors;
    let preprocessing = lenet5::variant::Preprocessing {
        side: 28,
        normalize: Some("0.1307,0.3081".parse().unwrap()),
        is_padded_after: true,
    };
    let prepared = preprocessing.prepare(&tensors["images"]).unwrap();
    crate::common::assert_identical("padded", &tensors["padded"], &prepared);
    // Taken by the command line too, and another thing than padding before.
    let after = stdout(&mut eval(trained_weights(), &options));
    let before = stdout(&mut eval(trained_weights(), &options[..2]));
    assert_ne!(after, before);
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
