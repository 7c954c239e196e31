//! Generators, initial values and data sets.

use tch::{Device, Kind, Tensor, kind::FLOAT_CPU};
use torch_twin::data::{
    DataLoader, Dataset, Subset, TensorDataset, WeightedRandomSampler, fractions_of, random_split,
};
use torch_twin::nn::init::{self, FanMode, Nonlinearity};
use torch_twin::{Generator, TorchError};

use super::attempt::Case;
use super::values::{NUMBERS, SIZES, few_tensors, number_pairs, pairs, size_pairs, tensors};

fn generator() -> Generator {
    Generator::manual_seed(0)
}

pub const CASES: &[Case] = &[
    (
        "Generator::manual_seed Generator::on Generator::get_state Generator::set_state",
        |attempts| {
            for device in [
                Device::Cuda(0),
                Device::Cuda(usize::MAX),
                Device::Mps,
                Device::Vulkan,
            ] {
                attempts.call(device, || Generator::on(device, u64::MAX));
            }
            for (index, tensor) in tensors().iter().enumerate() {
                attempts.call(index, || generator().set_state(tensor));
            }
            attempts.call("of its own", || {
                let mut generator = Generator::manual_seed(u64::MAX);
                let state = generator.get_state().unwrap();
                generator.set_state(&state.to_kind(Kind::Int64))
            });
        },
    ),
    (
        "Generator::random_ Generator::uniform_ Generator::normal_ Generator::bernoulli_ Generator::dropout",
        |attempts| {
            let generator = &mut generator();
            for index in 0..tensors().len() {
                let tensor = || tensors().swap_remove(index);
                attempts.call(index, || generator.random_(&mut tensor()));
                for a in NUMBERS {
                    attempts.call((index, a), || generator.bernoulli_(&mut tensor(), a));
                    attempts.call((index, a), || generator.dropout(&tensor(), a));
                }
            }
            for (a, b) in number_pairs() {
                for mut tensor in few_tensors() {
                    attempts.call((a, b), || generator.uniform_(&mut tensor, a, b));
                    attempts.call((a, b), || generator.normal_(&mut tensor, a, b));
                }
            }
        },
    ),
    (
        "Generator::rand Generator::randn Generator::randn_like Generator::randint",
        |attempts| {
            let generator = &mut generator();
            for (index, tensor) in tensors().iter().enumerate() {
                attempts.call(index, || generator.randn_like(tensor));
            }
            for kind in [
                Kind::Half,
                Kind::Int64,
                Kind::Bool,
                Kind::ComplexFloat,
                Kind::QInt8,
            ] {
                for device in [Device::Cpu, Device::Cuda(99), Device::Vulkan] {
                    for side in [0, 2, -1, i64::MAX, i64::MIN] {
                        let options = (kind, device);
                        let with = (options, side);
                        attempts.call(with, || generator.rand([side, 3], options));
                        attempts.call(with, || generator.randn([side, 3], options));
                        attempts.call(with, || generator.randint(0, 2, [side, 3], options));
                    }
                }
                for (low, high) in [(0, 0), (1, 0), (i64::MIN, i64::MAX), (-1, 1 << 40)] {
                    let options = (kind, Device::Cpu);
                    attempts.call((kind, low, high), || {
                        generator.randint(low, high, [2], options)
                    });
                }
            }
        },
    ),
    (
        "Generator::multinomial Generator::randperm Generator::as_default",
        |attempts| {
            let generator = &mut generator();
            for size in SIZES {
                attempts.call(size, || generator.randperm(size));
                for (index, tensor) in tensors().iter().enumerate() {
                    for replacement in [false, true] {
                        attempts.call((index, size), || {
                            generator.multinomial(tensor, size, replacement)
                        });
                    }
                }
            }
            attempts.call("refused", || {
                generator.as_default(|| Err::<(), _>(TorchError::new("refused")))
            });
            attempts.call("within", || {
                generator.as_default(|| self::generator().as_default(|| Ok(())))
            });
        },
    ),
    (
        "constant_ ones_ zeros_ eye_ dirac_ orthogonal_ sparse_ trunc_normal_ uniform_ normal_",
        |attempts| {
            let generator = &mut generator();
            for index in 0..tensors().len() {
                let tensor = &mut tensors().swap_remove(index);
                attempts.call(index, || init::ones_(tensor));
                attempts.call(index, || init::zeros_(tensor));
                attempts.call(index, || init::eye_(tensor));
                for groups in SIZES {
                    attempts.call((index, groups), || init::dirac_(tensor, groups));
                }
                for a in NUMBERS {
                    attempts.call((index, a), || init::constant_(tensor, a));
                    attempts.call((index, a), || init::orthogonal_(tensor, a, generator));
                }
                for bounds in [[-2.0, 2.0], [2.0, 3.0]] {
                    attempts.call((index, bounds), || {
                        init::trunc_normal_(tensor, 0.0, 1.0, bounds, generator)
                    });
                }
            }
            for (a, b) in number_pairs() {
                for (index, tensor) in few_tensors().iter_mut().enumerate() {
                    let arguments = (index, a, b);
                    // Between numbers so far apart none would be found, in Python neither.
                    if a.abs() < 1e300 && b.abs() < 1e300 {
                        attempts.call(arguments, || {
                            init::trunc_normal_(tensor, 0.0, 1.0, [a, b], generator)
                        });
                    }
                    attempts.call(arguments, || {
                        init::trunc_normal_(tensor, a, b, [-2.0, 2.0], generator)
                    });
                    attempts.call(arguments, || init::sparse_(tensor, a, b, generator));
                    attempts.call(arguments, || init::uniform_(tensor, a, b, generator));
                    attempts.call(arguments, || init::normal_(tensor, a, b, generator));
                }
            }
        },
    ),
    (
        "xavier_uniform_ xavier_normal_ kaiming_uniform_ kaiming_normal_ calculate_gain",
        |attempts| {
            let generator = &mut generator();
            for index in 0..tensors().len() {
                let tensor = &mut tensors().swap_remove(index);
                for a in NUMBERS {
                    let slope = Nonlinearity::LeakyRelu(a);
                    attempts.call((index, a), || init::calculate_gain(slope));
                    attempts.call((index, a), || init::xavier_uniform_(tensor, a, generator));
                    attempts.call((index, a), || init::xavier_normal_(tensor, a, generator));
                    for mode in [FanMode::FanIn, FanMode::FanOut] {
                        attempts.call((index, a), || {
                            init::kaiming_uniform_(tensor, mode, slope, generator)
                        });
                        attempts.call((index, a), || {
                            init::kaiming_normal_(tensor, mode, slope, generator)
                        });
                    }
                }
            }
        },
    ),
    (
        "fan_in fan_in_and_fan_out uniform kaiming_uniform",
        |attempts| {
            let generator = &mut generator();
            for tensor in tensors() {
                attempts.call((), || init::fan_in_and_fan_out(&tensor));
            }
            for (one, other) in size_pairs() {
                let size = [one, other, other];
                attempts.call(size, || init::fan_in(&size));
                attempts.call(size, || init::uniform(&size, 0.0, 1.0, generator));
                attempts.call(size, || init::kaiming_uniform(&size, f64::NAN, generator));
            }
        },
    ),
    (
        "TensorDataset::new Dataset::len Dataset::is_empty Dataset::get",
        |attempts| {
            for (one, other) in pairs() {
                let [one, other] = [one, other].map(|index| tensors().swap_remove(index));
                attempts.call((), || {
                    TensorDataset::new(one, other).map(|dataset| {
                        let _ = (dataset.len(), dataset.is_empty());
                        let indices = [0, -1, 1, i64::MAX, i64::MIN];
                        indices.map(|index| dataset.get(&[index, 0]).is_ok())
                    })
                });
            }
        },
    ),
    (
        "Subset::new Subset::indices random_split fractions_of",
        |attempts| {
            let dataset = dataset();
            let indices = vec![0, -1, 7, i64::MAX, i64::MIN];
            let subset = Subset::new(&dataset, indices);
            for place in 0..6 {
                attempts.call(place, || subset.get(&[place, -1]));
            }
            attempts.call("indices", || subset.indices().len());
            for one in SIZES {
                for other in SIZES {
                    let lengths = [one, other, 1];
                    attempts.call(lengths, || {
                        random_split(&dataset, &lengths, &mut generator())
                    });
                }
                for a in NUMBERS {
                    for b in NUMBERS {
                        attempts.call((one, a, b), || fractions_of(one, &[a, b]));
                    }
                }
                attempts.call(one, || fractions_of(one, &[]));
            }
            attempts.refused("rounded up", || fractions_of(usize::MAX, &[0.5, 0.5]));
        },
    ),
    (
        "DataLoader::new DataLoader::shuffle DataLoader::sampler DataLoader::drop_last \
         DataLoader::dataset DataLoader::len DataLoader::is_empty DataLoader::iter \
         DataLoader::iter_from WeightedRandomSampler::new WeightedRandomSampler::len \
         WeightedRandomSampler::indices",
        |attempts| {
            let dataset = dataset();
            for size in SIZES {
                for drop_last in [false, true] {
                    let loader = || DataLoader::new(&dataset, size).drop_last(drop_last);
                    attempts.call(size, || (loader().len(), loader().is_empty()));
                    attempts.call(size, || loader().dataset().len());
                    attempts.call(size, || loader().iter(&mut generator()).unwrap().count());
                    attempts.call(size, || {
                        loader()
                            .shuffle(true)
                            .iter_from(&mut generator())
                            .unwrap()
                            .count()
                    });
                }
                for weight in NUMBERS {
                    let Ok(sampler) = WeightedRandomSampler::new(&[weight, 1.0], size, false)
                    else {
                        continue;
                    };
                    attempts.call((size, weight), || {
                        (sampler.len(), sampler.indices(&mut generator()))
                    });
                    let loader = DataLoader::new(&dataset, 3).sampler(&sampler);
                    attempts.call((size, weight), || {
                        loader.iter(&mut generator()).map(Iterator::count)
                    });
                    attempts.call(size, || loader.iter_from(&mut generator()).err());
                }
            }
            attempts.call("no weights", || {
                WeightedRandomSampler::new(&[], 3, true)?.indices(&mut generator())
            });
        },
    ),
];

fn dataset() -> TensorDataset {
    let rows = Tensor::ones([7, 2], FLOAT_CPU);
    TensorDataset::new(rows.shallow_clone(), rows).unwrap()
}
