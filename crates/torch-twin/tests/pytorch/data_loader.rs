//! The data loader against PyTorch's: which rows it hands out when, and what it draws for that.

use tch::{Device, Kind, Tensor};
use torch_twin::data::{
    DataLoader, Dataset, TensorDataset, WeightedRandomSampler, fractions_of, random_split,
};
use torch_twin::{Generator, TorchError};

use crate::common::{Record, SEEDS, reference};

fn dataset(size: i64) -> TensorDataset {
    let rows = Tensor::arange(size, (Kind::Int64, Device::Cpu));
    TensorDataset::new(rows.shallow_clone(), -rows).unwrap()
}

#[test]
fn every_epoch_has_the_order_that_pytorch_gives_it() {
    let reference = reference("data_loader.py", "epochs");
    let mut record = Record::default();
    for seed in SEEDS {
        let mut generator = Generator::manual_seed(seed);
        for (size, batch_size) in [(1, 1), (10, 3), (10, 20), (8001, 32), (60000, 1000)] {
            for (shuffle, python) in [(true, "True"), (false, "False")] {
                let dataset = dataset(size);
                let loader = DataLoader::new(&dataset, batch_size).shuffle(shuffle);
                for epoch in 0..2 {
                    let seed = seed.cast_signed();
                    let name = format!("{seed}.{size}.{batch_size}.{python}.{epoch}");
                    keep_epoch(&mut record, &name, &loader, &mut generator);
                }
            }
        }
    }
    record.assert_identical_to(&reference);
}

fn keep_epoch(
    record: &mut Record,
    name: &str,
    loader: &DataLoader<'_, TensorDataset>,
    generator: &mut Generator,
) {
    let batches = loader.iter(generator).unwrap();
    let (inputs, targets): (Vec<_>, Vec<_>) = batches.map(Result::unwrap).unzip();
    assert_eq!(inputs.len(), loader.len());
    let lengths: Vec<i64> = inputs.iter().map(|inputs| inputs.size()[0]).collect();
    record.keep(format!("{name}.inputs"), &Tensor::cat(&inputs, 0));
    record.keep(format!("{name}.targets"), &Tensor::cat(&targets, 0));
    record.keep(format!("{name}.lengths"), &Tensor::from_slice(&lengths));
    record.keep(format!("{name}.state"), &generator.get_state().unwrap());
}

#[test]
fn an_epoch_within_an_epoch_and_noise_between_them_draw_as_in_pytorch() {
    let reference = reference("data_loader.py", "interleaved");
    let (train_set, test_set) = (dataset(7), dataset(5));
    let train = DataLoader::new(&train_set, 3).shuffle(true);
    let test = DataLoader::new(&test_set, 2);
    let mut record = Record::default();
    for seed in SEEDS {
        let name = seed.cast_signed();
        let mut generator = Generator::manual_seed(seed);
        for epoch in 0..3 {
            for (step, batch) in train.iter(&mut generator).unwrap().enumerate() {
                record.keep(format!("{name}.{epoch}.{step}"), &batch.unwrap().0);
                let mut noise = Tensor::empty([3], (Kind::Float, Device::Cpu));
                generator.uniform_(&mut noise, 0.0, 1.0).unwrap();
                record.keep(format!("{name}.{epoch}.{step}.noise"), &noise);
                for (index, batch) in test.iter(&mut generator).unwrap().enumerate() {
                    record.keep(
                        format!("{name}.{epoch}.{step}.test.{index}"),
                        &batch.unwrap().0,
                    );
                }
            }
        }
        record.keep(format!("{name}.state"), &generator.get_state().unwrap());
    }
    record.assert_identical_to(&reference);
}

fn keep(
    record: &mut Record,
    name: &str,
    length: usize,
    batches: impl Iterator<Item = Result<(Tensor, Tensor), TorchError>>,
) {
    record.keep(format!("{name}.len"), &Tensor::from(length as i64));
    for (index, batch) in batches.enumerate() {
        let (inputs, _) = batch.unwrap();
        record.keep(format!("{name}.{index}"), &inputs);
    }
}

#[test]
fn dropped_batches_weights_own_generators_and_splits_are_those_of_pytorch() {
    let reference = reference("data_loader.py", "other_orders");
    let mut record = Record::default();
    for seed in SEEDS {
        let python_seed = seed.cast_signed();
        let mut generator = Generator::manual_seed(seed);
        let rows = Tensor::arange(11, (Kind::Int64, Device::Cpu));
        let dataset = TensorDataset::new(rows.shallow_clone(), -rows).unwrap();
        let weights: Vec<f64> = (0..11).map(|row| f64::from(row % 4)).collect();
        for epoch in 0..2 {
            let name = format!("{python_seed}.{epoch}");
            let loader = DataLoader::new(&dataset, 4).shuffle(true).drop_last(true);
            let batches = loader.iter(&mut generator).unwrap();
            keep(
                &mut record,
                &format!("{name}.dropped"),
                loader.len(),
                batches,
            );
            for (replacement, samples, word) in [(true, 20, "True"), (false, 7, "False")] {
                let sampler = WeightedRandomSampler::new(&weights, samples, replacement).unwrap();
                let loader = DataLoader::new(&dataset, 3).sampler(&sampler);
                let batches = loader.iter(&mut generator).unwrap();
                let name = format!("{name}.weighted.{word}");
                keep(&mut record, &name, loader.len(), batches);
                loader
                    .iter_from(&mut Generator::manual_seed(0))
                    .err()
                    .unwrap();
            }
        }
        let mut own = Generator::manual_seed(seed);
        for (shuffle, word) in [(true, "True"), (false, "False")] {
            let loader = DataLoader::new(&dataset, 4).shuffle(shuffle);
            for epoch in 0..2 {
                let batches = loader.iter_from(&mut own).unwrap();
                let name = format!("{python_seed}.own.{word}.{epoch}");
                keep(&mut record, &name, loader.len(), batches);
            }
        }
        for (name, lengths) in [
            ("counts", vec![3, 8]),
            ("fractions", fractions_of(11, &[0.31, 0.31, 0.38]).unwrap()),
        ] {
            let parts = random_split(&dataset, &lengths, &mut own).unwrap();
            for (part, subset) in parts.iter().enumerate() {
                let name = format!("{python_seed}.{name}.{part}");
                record.keep(name.clone(), &Tensor::from_slice(subset.indices()));
                let loader = DataLoader::new(subset, 2).shuffle(true);
                let batches = loader.iter(&mut generator).unwrap();
                keep(&mut record, &format!("{name}.rows"), loader.len(), batches);
                subset.get(&[99]).unwrap_err();
            }
        }
        record.keep(
            format!("{python_seed}.own.state"),
            &own.get_state().unwrap(),
        );
        record.keep(
            format!("{python_seed}.state"),
            &generator.get_state().unwrap(),
        );
        random_split(&dataset, &[3, 3], &mut own).err().unwrap();
    }
    record.assert_identical_to(&reference);
}
