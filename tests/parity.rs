//! From one seed, Rust and PyTorch have the same bits: tensor by tensor, against the reference
//! as it is, run anew each time.

mod common;

use common::{assert_identical, load, mnist_folder, reference, sample_folder};
use lenet5::data::to_input;
use lenet5::model::{VARIANTS, Variant};
use lenet5::nn::{Generator, data_loader};
use lenet5::parity::stages;
use lenet5::train::Settings;
use tch::{Device, Tensor};

const SEEDS: [u64; 4] = [0, 1, 42, u64::MAX];

fn settings(variant: &Variant, seed: u64) -> Settings {
    Settings {
        variant: variant.name.to_owned(),
        recipe: variant.tutorial.clone(),
        test_batch_size: 1000,
        seed,
        classes: 10,
    }
}

/// PyTorch takes seeds of 64 bits as signed numbers.
fn seed_argument(seed: u64) -> String {
    seed.cast_signed().to_string()
}

#[test]
fn initial_weights_are_pytorchs_for_every_seed() {
    for variant in VARIANTS {
        for seed in SEEDS {
            let seed_argument = seed_argument(seed);
            let arguments = [
                "--variant",
                variant.name,
                "--seed",
                &seed_argument,
                "initial",
            ];
            let expected = reference().export(arguments).unwrap();
            let network = (variant.build)(10, &mut Generator::manual_seed(seed)).unwrap();
            let state_dict = network.state_dict();
            assert_eq!(state_dict.entries().len(), expected.len());
            for entry in state_dict.entries() {
                let name = format!("{} seed {seed} {}", variant.name, entry.name);
                assert_identical(&name, &expected[&entry.name], &entry.tensor);
            }
        }
    }
}

#[test]
fn batches_come_in_the_data_loaders_order() {
    for (seed, size, epochs) in [(0, 60_000, 2), (1, 10, 3), (42, 1, 2), (7, 8_001, 5)] {
        let [seed_argument, size_argument, epochs_argument] =
            [seed, size as u64, epochs].map(|number| number.to_string());
        let arguments = ["--seed", &seed_argument, "order", "--size", &size_argument];
        let arguments = [&arguments[..], &["--epochs", &epochs_argument]].concat();
        let expected = reference().export(arguments).unwrap();
        let mut generator = Generator::manual_seed(seed);
        for epoch in 1..=epochs {
            let order = data_loader::shuffled(size, &mut generator);
            let name = format!("epoch{epoch}");
            let actual = Tensor::from_slice(&order);
            assert_identical(&format!("size {size} {name}"), &expected[&name], &actual);
        }
    }
}

#[test]
fn images_are_padded_and_scaled_as_by_torchvision() {
    let folders = [Some(sample_folder()), mnist_folder()];
    for folder in folders.into_iter().flatten() {
        let folder_argument = folder.to_str().unwrap();
        let expected = reference().export(["images", "--data", folder_argument]);
        let expected = expected.unwrap();
        let test = load(&folder).test;
        let images = to_input(&test.images, Device::Cpu).unwrap();
        assert_identical("images", &expected["images"], &images);
        assert_identical("labels", &expected["labels"], &test.labels);
    }
}

#[test]
fn layers_gradients_and_steps_are_pytorchs_with_1_and_with_2_threads() {
    for variant in VARIANTS {
        for threads in [1, 2] {
            assert_stages(variant, 3, threads, &sample_folder(), &[1, 2, 10, 100, 130]);
        }
    }
}

#[test]
fn layers_gradients_and_steps_are_pytorchs_on_mnist() {
    let Some(folder) = mnist_folder() else {
        return;
    };
    for variant in VARIANTS {
        assert_stages(variant, 4, 2, &folder, &[1, 2, 10, 100]);
    }
}

fn assert_stages(
    variant: &Variant,
    seed: u64,
    threads: i32,
    folder: &std::path::Path,
    steps: &[usize],
) {
    let settings = settings(variant, seed);
    tch::set_num_threads(threads);
    let actual = stages(variant, &settings, &load(folder), None, steps).unwrap();

    let [seed, threads] = [seed, threads as u64].map(|number| number.to_string());
    let steps: Vec<String> = steps.iter().map(usize::to_string).collect();
    let arguments = [
        "--variant",
        variant.name,
        "--seed",
        &seed,
        "stages",
        "--data",
    ];
    let arguments = arguments.map(str::to_owned).into_iter();
    let arguments = arguments
        .chain([folder.to_str().unwrap().to_owned()])
        .chain([
            "--threads".to_owned(),
            threads.clone(),
            "--steps".to_owned(),
        ])
        .chain(steps);
    let expected = reference().export(arguments).unwrap();

    assert_eq!(actual.len(), expected.len(), "another number of stages");
    for (name, tensor) in &actual {
        let full_name = format!("{} {threads} threads {name}", variant.name);
        assert_identical(&full_name, &expected[name], tensor);
    }
}
