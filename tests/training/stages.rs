//! From one seed, Rust and PyTorch have the same bits: tensor by tensor, against the reference
//! as it is, run anew each time.

use std::path::Path;

use crate::common::{assert_identical, load, mnist_folder, reference, sample_folder};
use lenet5::data::to_input;
use lenet5::parity::record;
use lenet5::train::Settings;
use lenet5::variant::{VARIANTS, Variant};
use tch::{Device, Tensor};
use torch_twin::Generator;
use torch_twin::data::{DataLoader, TensorDataset};
use torch_twin::diff::{Options, Report, Side};

const SEEDS: [u64; 4] = [0, 1, 42, u64::MAX];

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
            for (name, tensor) in state_dict.iter() {
                let full_name = format!("{} seed {seed} {name}", variant.name);
                assert_identical(&full_name, &expected[name], tensor);
            }
        }
    }
}

#[test]
fn batches_come_in_the_data_loaders_order() {
    for (seed, size, epochs) in [(0, 60_000, 2), (1, 10, 3), (42, 1, 2), (7, 8_001, 5)] {
        let options =
            format!("--seed {seed} --batch-size 64 order --size {size} --epochs {epochs}");
        let expected = reference().export(options.split(' ')).unwrap();
        let indices = Tensor::arange(size, (tch::Kind::Int64, Device::Cpu));
        let dataset = TensorDataset::new(indices.shallow_clone(), indices).unwrap();
        let loader = DataLoader::new(&dataset, 64).shuffle(true);
        let mut generator = Generator::manual_seed(seed);
        for epoch in 1..=epochs {
            let batches = loader.iter(&mut generator).unwrap();
            let order: Vec<_> = batches.map(|batch| batch.unwrap().0).collect();
            let name = format!("epoch{epoch}");
            let full_name = format!("size {size} {name}");
            assert_identical(&full_name, &expected[&name], &Tensor::cat(&order, 0));
        }
    }
}

#[test]
fn images_are_padded_and_scaled_as_by_torchvision() {
    assert_images_identical(&sample_folder());
}

#[test]
#[ignore = "needs MNIST: make test includes it where LENET5_DATA names its folder"]
fn images_of_mnist_are_padded_and_scaled_as_by_torchvision() {
    assert_images_identical(&mnist_folder());
}

fn assert_images_identical(folder: &Path) {
    let arguments = ["images", "--data", folder.to_str().unwrap()];
    let expected = reference().export(arguments).unwrap();
    let test = load(folder).test;
    let images = to_input(&test.images, Device::Cpu).unwrap();
    assert_identical("images", &expected["images"], &images);
    assert_identical("labels", &expected["labels"], &test.labels);
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
#[ignore = "needs MNIST: make test includes it where LENET5_DATA names its folder"]
fn layers_gradients_and_steps_are_pytorchs_on_mnist() {
    for variant in VARIANTS {
        assert_stages(variant, 4, 2, &mnist_folder(), &[1, 2, 10, 100]);
    }
}

fn assert_stages(variant: &'static Variant, seed: u64, threads: i32, folder: &Path, steps: &[u64]) {
    let settings = Settings {
        seed,
        ..Settings::tutorial(variant)
    };
    tch::set_num_threads(threads);
    let dataset = load(folder);
    let traces = tempfile::tempdir().unwrap();
    let [theirs, ours] = ["theirs", "ours"].map(|name| traces.path().join(name));
    let recorder = record(&settings, &dataset, None, steps).unwrap();
    recorder.save(&ours).unwrap();
    let recorded = reference().record(&settings, &dataset, None, steps, &theirs);
    recorded.unwrap();
    let [theirs, ours] = [theirs, ours].map(|trace| Side::open(&trace).unwrap());
    let report = Report::new(&theirs, &ours, Options::default()).unwrap();
    let line = report.line();
    assert!(
        report.is_equal(),
        "{} {threads} threads: {line}",
        variant.name
    );
    assert_eq!(report.notes, [""; 0], "{}", variant.name);
    let weights = settings.variant.build;
    let weights = weights(10, &mut Generator::manual_seed(0)).unwrap();
    let least = (steps.len() + 2) * weights.state_dict().entries().len();
    assert!(report.rows.len() > least, "{} stages", report.rows.len());
}
