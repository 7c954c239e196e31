//! Files of weights and traces, devices and switches.

use std::collections::BTreeMap;
use std::sync::Arc;

use tch::{Device, Tensor, kind::FLOAT_CPU};
use torch_twin::device::{self, DeviceChoice};
use torch_twin::diff::{self, Document, Options, Outcome, Report, Row, Side, TextStyle, Verdict};
use torch_twin::nn::{Linear, Module, Relu, StateDict};
use torch_twin::trace::{Form, Kind, Stage};
use torch_twin::weights::{self, Format, NameMap, ScriptModule};
use torch_twin::{Array, Dtype, Processor, Tensors, atomic_file, backends, libtorch, threads};

use torch_twin_trace::weights::pickle::{instructions, slot};
use torch_twin_trace::weights::{Archive, load_metadata, metadata_file, serialize};

use super::attempt::Case;
use super::values::{NAMES, pairs, tensors};

const MAX: u64 = 1 << 20;
/// Beginnings of files of all formats, and nothing after them.
const CONTENTS: [&[u8]; 8] = [
    b"",
    b"{",
    b"\x02\0\0\0\0\0\0\0{}",
    b"\xff\xff\xff\xff\xff\xff\xff\xff{",
    b"PK\x03\x04",
    b"\x80\x02.",
    b"\x80\x02(((((",
    b"{\"weight_map\": {\"a\": \"../a\"}}",
];

/// A network of two tensors.
fn state_dict(weight: &Tensor, bias: &Tensor) -> StateDict {
    let bias = Some(bias.shallow_clone());
    Linear::from_tensors(weight.shallow_clone(), bias).state_dict()
}

/// The tensors of a file, of one name that a network has, and of others.
fn of_file(tensor: &Tensor) -> Tensors {
    let names = ["weight", "x.bias", ""];
    names
        .map(|name| (name.to_owned(), tensor.shallow_clone()))
        .into()
}

pub const CASES: &[Case] = &[
    ("save", |attempts| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        for (index, tensor) in tensors().iter().enumerate() {
            for name in NAMES {
                let metadata = BTreeMap::from([(name.to_owned(), name.to_owned())]);
                for count in 0..3 {
                    attempts.call((index, name, count), || {
                        weights::save(
                            &path,
                            [(name, tensor); 2].into_iter().take(count),
                            &metadata,
                        )
                    });
                }
                let path = folder.path().join(name);
                attempts.call((index, name), || weights::save(&path, [], &metadata).err());
                attempts.refused((index, name), || {
                    weights::save(&path, [(name, tensor); 2], &metadata)
                });
                attempts.refused((index, name), || {
                    weights::save(&path, [(name, &Tensor::new())], &metadata)
                });
            }
        }
    }),
    (
        "load parse parse_index read load_state_dict faults Format::of load_metadata instructions slot with_causes",
        |attempts| {
            let folder = tempfile::tempdir().unwrap();
            for (index, contents) in CONTENTS.into_iter().enumerate() {
                let path = folder.path().join(index.to_string());
                std::fs::write(&path, contents).unwrap();
                for most in [0, 1, MAX] {
                    attempts.call((index, most), || weights::load(&path, most).err());
                    attempts.call((index, most), || weights::parse(contents, most).err());
                    attempts.call((index, most), || {
                        weights::parse_index(contents, folder.path(), most).err()
                    });
                    attempts.call((index, most), || weights::read(&path, most).err());
                    attempts.call((index, most), || Format::of(contents, most).err());
                    attempts.call((index, most), || load_metadata(contents, most).err());
                    attempts.call((index, most), || {
                        let all = instructions(contents).map_while(|instruction| instruction);
                        all.filter_map(slot).count()
                    });
                }
            }
            for name in NAMES {
                let path = folder.path().join(name);
                attempts.call(name, || weights::load(&path, MAX).err());
                attempts.call(name, || weights::read(&path, MAX).err());
            }
            for (one, other) in pairs() {
                let all = tensors();
                let (network, file) = (state_dict(&all[one], &all[0]), of_file(&all[other]));
                attempts.call((one, other), || weights::faults(&file, &network));
                let both =
                    ["weight", "bias"].map(|name| (name.to_owned(), all[other].shallow_clone()));
                let network = state_dict(&all[one], &all[one]);
                attempts.call((one, other), || {
                    weights::load_state_dict(&both.into(), &network)
                });
            }
        },
    ),
    (
        "Archive::open Archive::folder Archive::names Archive::contains Archive::read Archive::rewrite metadata_file \
         serialize",
        |attempts| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.pt");
            let input = Tensor::ones([1], FLOAT_CPU);
            weights::save_torchscript(&path, "a", &Relu, &input, &BTreeMap::new()).unwrap();
            let whole = std::fs::read(&path).unwrap();
            for length in [0, 4, whole.len() / 2, whole.len() - 1, whole.len()] {
                let contents = &whole[..length];
                attempts.call(length, || Archive::open(contents, 1).err());
                let Ok(mut archive) = Archive::open(contents, MAX) else {
                    continue;
                };
                attempts.call(length, || (archive.folder().len(), archive.names().count()));
                for name in NAMES {
                    attempts.call(name, || archive.contains(name));
                    attempts.call(name, || archive.read(name).err());
                    attempts.call(name, || metadata_file(name));
                }
                attempts.call(length, || archive.rewrite(|_, file| Ok(Some(file))).err());
                attempts.call(length, || archive.rewrite(|_, _| Ok(None)).err());
            }
            let array = Array::from_f32(&[1], &[f32::NAN]).unwrap();
            for name in NAMES {
                for count in 0..3 {
                    let arrays = [(name, &array); 2].into_iter().take(count);
                    attempts.call((name, count), || serialize(arrays, &BTreeMap::new()).err());
                }
            }
        },
    ),
    (
        "drop_prefix propose reshape NameMap::new NameMap::pairs NameMap::renamed NameMap::apply",
        |attempts| {
            for (one, other) in pairs() {
                let all = tensors();
                let network = state_dict(&all[one], &all[0]);
                let file = || of_file(&all[other]);
                attempts.call((one, other), || weights::drop_prefix(file(), &network));
                attempts.call((one, other), || weights::propose(&file(), &network));
                attempts.call((one, other), || weights::reshape(&mut file(), &network));
            }
            for old in NAMES {
                for new in NAMES {
                    let map = NameMap::new(vec![(old.to_owned(), new.to_owned()); 2]);
                    attempts.call((old, new), || map.pairs().len());
                    attempts.call((old, new), || NAMES.map(|name| map.renamed(name)));
                    let tensors = NAMES.map(|name| (name.to_owned(), Tensor::new()));
                    attempts.call((old, new), || map.apply(tensors.into()).is_ok());
                    attempts.call((old, new), || {
                        format!("{old}={new}").parse::<NameMap>().is_ok()
                    });
                }
            }
        },
    ),
    (
        "save_torchscript ScriptModule::load ScriptModule::metadata ScriptModule::run",
        |attempts| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.pt");
            let metadata = BTreeMap::new();
            let input = Tensor::ones([2, 3], FLOAT_CPU);
            for (index, tensor) in tensors().iter().enumerate() {
                attempts.call(index, || {
                    weights::save_torchscript(&path, "a", &Relu, tensor, &metadata)
                });
                let layer = Linear::from_tensors(tensor.shallow_clone(), None);
                attempts.call(index, || {
                    weights::save_torchscript(&path, "a", &layer, &input, &metadata)
                });
            }
            for name in NAMES {
                attempts.call(name, || {
                    weights::save_torchscript(&path, name, &Relu, &input, &metadata)
                });
            }
            weights::save_torchscript(&path, "a", &Relu, &input, &metadata).unwrap();
            let contents = std::fs::read(&path).unwrap();
            let module = ScriptModule::load(&contents, Device::Cpu, MAX).unwrap();
            attempts.call("metadata", || module.metadata().len());
            for (index, tensor) in tensors().iter().enumerate() {
                attempts.call(index, || module.run(tensor));
            }
            for (index, contents) in CONTENTS.into_iter().enumerate() {
                attempts.call(index, || {
                    ScriptModule::load(contents, Device::Cpu, MAX).err()
                });
            }
            attempts.call("no GPU", || {
                ScriptModule::load(&contents, Device::Cuda(99), MAX).err()
            });
        },
    ),
    (
        "Side::open Side::open_with Side::trace Side::settings Side::description Report::new Report::is_equal \
         Report::line Report::text Document::new differing_settings load_script Script::run",
        |attempts| {
            let folder = tempfile::tempdir().unwrap();
            for name in NAMES {
                let path = folder.path().join(name);
                attempts.call(name, || Side::open(&path).err());
                attempts.call(name, || {
                    Side::open_with(&path, Some(diff::load_script)).err()
                });
            }
            let path = folder.path().join("a.safetensors");
            let mut sides = Vec::new();
            for tensor in tensors() {
                if weights::save(&path, [("a", &tensor)], &BTreeMap::new()).is_ok() {
                    attempts.call("open", || sides.push(Side::open(&path).unwrap()));
                }
            }
            for (index, contents) in CONTENTS.into_iter().enumerate() {
                attempts.call(index, || diff::load_script(contents).err());
            }
            let style = TextStyle {
                all: true,
                width: Some(1),
                coloured: true,
            };
            for one in &sides {
                for other in &sides {
                    attempts.call((), || (one.trace().is_none(), one.settings().is_none()));
                    attempts.call((), || diff::differing_settings(one, other));
                    for step in [None, Some(0), Some(u64::MAX)] {
                        let options = Options {
                            step,
                            ..Options::default()
                        };
                        attempts.call(step, || {
                            Report::new(one, other, options).map(|report| {
                                let document = Document::new(&report, ("a", one), ("b", other));
                                let json = serde_json::to_string(&document).unwrap();
                                (
                                    report.is_equal(),
                                    report.line(),
                                    report.text([("", one), ("", other)], style),
                                    json,
                                    one.description().len(),
                                )
                            })
                        });
                    }
                }
            }
        },
    ),
    (
        "Row::is_paired Row::only_in Outcome::is_identical Verdict::of",
        |attempts| {
            let stage = Stage {
                step: u64::MAX,
                kind: Kind::Output,
                name: String::new(),
                call: u64::MAX,
                index: u64::MAX,
                digest: None,
            };
            let form = Arc::new(Form {
                dtype: Dtype::F32,
                shape: vec![u64::MAX; 2],
            });
            for outcome in [
                Outcome::Missing,
                Outcome::Form,
                Outcome::Values(Box::default()),
            ] {
                for (a, b) in [(false, false), (false, true), (true, false), (true, true)] {
                    let row = Row {
                        stage: stage.clone(),
                        renamed: None,
                        a: a.then(|| form.clone()),
                        b: b.then(|| form.clone()),
                        outcome: outcome.clone(),
                        is_equal: false,
                    };
                    attempts.call((a, b), || {
                        let _ = (row.is_paired(), row.only_in(), row.outcome.is_identical());
                        Verdict::of(&[row.clone(), row.clone()]).map(|verdict| verdict.to_string())
                    });
                }
            }
            attempts.call("none", || Verdict::of(&[]));
            attempts.call("missing", || Outcome::Missing.is_identical());
        },
    ),
    ("write remove_leftovers", |attempts| {
        let folder = tempfile::tempdir().unwrap();
        for name in NAMES {
            let path = folder.path().join(name);
            attempts.call(name, || atomic_file::write(&path, b"").err());
            attempts.call(name, || {
                atomic_file::write(&path.join("nowhere"), b"").err()
            });
            attempts.call(name, || atomic_file::remove_leftovers(&path).err());
        }
        attempts.call("nothing", || atomic_file::write("".as_ref(), b"").err());
    }),
    (
        "resolve name device_count directory skip_teardown check Processor::current Processor::iter",
        |attempts| {
            for choice in [
                DeviceChoice::Cpu,
                DeviceChoice::Mps,
                DeviceChoice::Cuda(usize::MAX),
                DeviceChoice::Auto,
            ] {
                attempts.call(choice, || device::resolve(choice).map(device::name));
            }
            attempts.call("count", || device::cuda::device_count().err());
            attempts.call("name", || device::name(Device::Cuda(usize::MAX)));
            attempts.call("directory", libtorch::directory);
            attempts.call("teardown", libtorch::skip_teardown);
            for threads in [i32::MAX, 1] {
                tch::set_num_threads(threads);
                attempts.call(threads, threads::check);
            }
            attempts.call("processor", || {
                Processor::current().map(|processor| processor.iter().count())
            });
        },
    ),
    (
        "cpu_capability use_deterministic_algorithms are_deterministic_algorithms_enabled \
         is_deterministic_algorithms_warn_only_enabled cudnn_deterministic set_cudnn_deterministic \
         cudnn_benchmark set_cudnn_benchmark cudnn_allow_tf32 set_cudnn_allow_tf32 \
         matmul_allow_tf32 set_matmul_allow_tf32 use_caching_allocator is_grad_enabled autocast",
        |attempts| {
            for on in [true, false] {
                attempts.call(on, || backends::use_deterministic_algorithms(on, on));
                attempts.call(on, || backends::set_cudnn_deterministic(on));
                attempts.call(on, || backends::set_cudnn_benchmark(on));
                attempts.call(on, || backends::set_cudnn_allow_tf32(on));
                attempts.call(on, || backends::set_matmul_allow_tf32(on));
            }
            attempts.call("all", || {
                let _ = (backends::cpu_capability(), backends::cudnn_allow_tf32());
                let _ = (backends::matmul_allow_tf32(), backends::cudnn_benchmark());
                let _ = backends::are_deterministic_algorithms_enabled();
                let _ = backends::is_deterministic_algorithms_warn_only_enabled();
                backends::cudnn_deterministic()
            });
            attempts.call("allocator", backends::use_caching_allocator);
            attempts.call("mode", torch_twin::is_grad_enabled);
            for device in [Device::Cpu, Device::Cuda(99), Device::Mps, Device::Vulkan] {
                for kind in [None, Some(tch::Kind::Half), Some(tch::Kind::Bool)] {
                    let ones = || Tensor::ones([2, 2], FLOAT_CPU);
                    attempts.call((device, kind), || {
                        torch_twin::autocast(device, kind, || Ok(ones().f_matmul(&ones())?))
                    });
                }
            }
        },
    ),
];
