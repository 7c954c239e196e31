//! The generator against PyTorch's: what it draws, and the state that it is in then.

use tch::{Device, Kind, Tensor};
use torch_twin::{Generator, Tensors, weights};

use crate::common::{Record, SEEDS, assert_identical, reference, reference_from};

/// Of 16 numbers on, PyTorch draws normal ones many at once.
const SIZES: [i64; 8] = [0, 1, 2, 15, 16, 17, 31, 1000];

/// A generator makes 624 words at once.
const DRAWS: [i64; 6] = [0, 1, 5, 623, 624, 625];

const FLOATS: [(&str, Kind); 2] = [
    ("torch.float32", Kind::Float),
    ("torch.float64", Kind::Double),
];
const INTEGERS: [(&str, Kind); 5] = [
    ("torch.uint8", Kind::Uint8),
    ("torch.int8", Kind::Int8),
    ("torch.int16", Kind::Int16),
    ("torch.int32", Kind::Int),
    ("torch.int64", Kind::Int64),
];

/// Records for every seed, under the name that Python gives it.
fn for_each_seed(draw: impl Fn(&mut Record, &str, &mut Generator)) -> Record {
    let mut record = Record::default();
    for seed in SEEDS {
        let name = seed.cast_signed().to_string();
        draw(&mut record, &name, &mut Generator::manual_seed(seed));
    }
    record
}

fn empty(size: i64, kind: Kind) -> Tensor {
    Tensor::empty([size], (kind, Device::Cpu))
}

#[test]
fn whole_numbers_are_those_of_pytorch_in_every_type() {
    let reference = reference("generator.py", "random");
    let record = for_each_seed(|record, seed, generator| {
        for (dtype, kind) in INTEGERS.into_iter().chain(FLOATS) {
            for size in SIZES {
                let mut tensor = empty(size, kind);
                generator.random_(&mut tensor).unwrap();
                record.keep(format!("{seed}.{dtype}.{size}"), &tensor);
            }
        }
        record.keep(format!("{seed}.state"), &generator.get_state().unwrap());
    });
    record.assert_identical_to(&reference);
}

#[test]
fn uniform_normal_and_bernoulli_numbers_are_those_of_pytorch_one_after_another() {
    let reference = reference("generator.py", "real");
    let record = for_each_seed(|record, seed, generator| {
        for (dtype, kind) in FLOATS {
            for size in SIZES {
                let name = format!("{seed}.{dtype}.{size}");
                let mut tensor = empty(size, kind);
                generator.uniform_(&mut tensor, -0.3, 1.7).unwrap();
                record.keep(format!("{name}.uniform"), &tensor);
                generator.normal_(&mut tensor, 0.1, 2.5).unwrap();
                record.keep(format!("{name}.normal"), &tensor);
                generator.bernoulli_(&mut tensor, 0.3).unwrap();
                record.keep(format!("{name}.bernoulli"), &tensor);
                record.keep(format!("{name}.state"), &generator.get_state().unwrap());
            }
        }
    });
    record.assert_identical_to(&reference);
}

#[test]
fn permutations_are_those_of_pytorch_short_and_long() {
    let reference = reference("generator.py", "randperm");
    let record = for_each_seed(|record, seed, generator| {
        for n in [0, 1, 2, 10, 1000, 300_000, 1_000_001] {
            record.keep(format!("{seed}.{n}"), &generator.randperm(n).unwrap());
            record.keep(format!("{seed}.{n}.state"), &generator.get_state().unwrap());
        }
    });
    record.assert_identical_to(&reference);
}

/// Python's draws from the default generator, which `torch.manual_seed` seeds.
#[test]
fn tensors_made_of_random_numbers_are_those_of_pytorch() {
    let reference = reference("generator.py", "made");
    let sizes: [&[i64]; 4] = [&[], &[3], &[4, 5], &[17, 2]];
    let integers = [
        ("torch.int32", Kind::Int),
        ("torch.int64", Kind::Int64),
        ("torch.float32", Kind::Float),
    ];
    let record = for_each_seed(|record, seed, generator| {
        for size in sizes {
            for (dtype, kind) in FLOATS {
                let (name, options) = (format!("{seed}.{dtype}.{size:?}"), (kind, Device::Cpu));
                record.keep(
                    format!("{name}.rand"),
                    &generator.rand(size, options).unwrap(),
                );
                let normal = generator.randn(size, options).unwrap();
                record.keep(format!("{name}.randn"), &normal);
                record.keep(
                    format!("{name}.like"),
                    &generator.randn_like(&normal).unwrap(),
                );
            }
            for (dtype, kind) in integers {
                let drawn = generator
                    .randint(-3, 1000, size, (kind, Device::Cpu))
                    .unwrap();
                record.keep(format!("{seed}.{dtype}.{size:?}.randint"), &drawn);
            }
        }
        let (most, options) = (1 << 62, (Kind::Int64, Device::Cpu));
        let large = generator.randint(-most, most, [5], options).unwrap();
        record.keep(format!("{seed}.large"), &large);
    });
    record.assert_identical_to(&reference);
}

#[test]
fn dropout_drops_what_pytorch_drops_and_passes_the_same_gradient() {
    let reference = reference("generator.py", "dropout");
    let record = for_each_seed(|record, seed, generator| {
        for p in [0.0, 0.1, 0.5, 0.9, 1.0] {
            let mut noise = Tensor::empty([7, 30], (Kind::Float, Device::Cpu));
            generator.uniform_(&mut noise, -1.0, 1.0).unwrap();
            let x = noise.set_requires_grad(true);
            let output = generator.dropout(&x, p).unwrap();
            output.square().sum(Kind::Float).backward();
            record.keep(format!("{seed}.{p:?}"), &output);
            record.keep(format!("{seed}.{p:?}.grad"), &x.grad());
            record.keep(
                format!("{seed}.{p:?}.state"),
                &generator.get_state().unwrap(),
            );
        }
    });
    record.assert_identical_to(&reference);
}

fn nine_normal_numbers(generator: &mut Generator) -> Tensor {
    let mut tensor = empty(9, Kind::Float);
    generator.normal_(&mut tensor, 0.0, 1.0).unwrap();
    tensor
}

#[test]
fn a_generator_goes_on_from_a_state_of_pytorchs() {
    let reference = reference("generator.py", "going_on");
    for seed in SEEDS {
        for draws in DRAWS {
            let name = format!("{}.{draws}", seed.cast_signed());
            let mut generator = Generator::manual_seed(99);
            generator
                .set_state(&reference.tensors[&format!("{name}.state")])
                .unwrap();
            let next = nine_normal_numbers(&mut generator);
            assert_identical(&name, &reference.tensors[&format!("{name}.next")], &next);
        }
    }
}

#[test]
fn pytorch_goes_on_from_a_state_of_ours() {
    let mut states = Tensors::new();
    let mut nexts = Tensors::new();
    for seed in SEEDS {
        let mut generator = Generator::manual_seed(seed);
        for draws in DRAWS {
            let name = format!("{seed}.{draws}");
            let mut before = empty(draws, Kind::Float);
            generator.normal_(&mut before, 0.0, 1.0).unwrap();
            states.insert(name.clone(), generator.get_state().unwrap());
            nexts.insert(name, nine_normal_numbers(&mut generator));
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("states.safetensors");
    let named = states.iter().map(|(name, state)| (name.as_str(), state));
    weights::save(&file, named, &Default::default()).unwrap();

    let reference = reference_from(&[&file], "generator.py", "going_on_from");
    assert_eq!(reference.tensors.len(), nexts.len());
    for (name, next) in &nexts {
        assert_identical(name, &reference.tensors[name], next);
    }
}
