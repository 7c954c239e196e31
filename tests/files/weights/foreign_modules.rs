//! TorchScript modules that were not made here, with inputs and outputs of their own.

use predicates::str::contains;
use tempfile::TempDir;

use super::foreign_files::{eval, foreign, plain, stdout};
use crate::common::{json_object, lenet5, python, text, trained_weights};

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
