//! Files that were made to take all time, memory or stack.

use std::time::{Duration, Instant};

use torch_twin_trace::weights::{Archive, Weights};

use crate::common::{archive, parsed, path, tensor, text};

/// The most that a hostile file may take, in a build without optimizations and beside other tests.
const LIMIT: Duration = Duration::from_secs(20);

/// What is read of an archive with this pickle and a storage of four bytes, within the limit.
fn read(pickle: &[&[u8]]) -> Result<Weights, String> {
    let contents = archive(&pickle.concat(), &[&[0; 4]]);
    let start = Instant::now();
    let result = parsed(&contents).map_err(|error| error.to_string());
    assert!(start.elapsed() < LIMIT, "{:?}", start.elapsed());
    result
}

fn entry(name: &str, value: &[u8]) -> Vec<u8> {
    [&text(name)[..], value, b"s"].concat()
}

fn weight() -> Vec<u8> {
    entry("w", &tensor(0, &[1], &[1]))
}

#[test]
fn a_million_lists_in_one_another_are_no_harm() {
    let deep = [&b"]".repeat(1 << 20)[..], &b"a".repeat((1 << 20) - 1)].concat();
    let weights = read(&[b"}", &weight(), &entry("x", &deep), b"."]).unwrap();
    assert_eq!(weights.tensors.len(), 1);
    let tuples = [b")", &b"\x85".repeat(1 << 20)[..]].concat();
    assert!(read(&[b"}", &weight(), &entry("x", &tuples), b"."]).is_ok());
    // Each a parameter of the next one.
    let wrapped = [
        &b"ctorch._utils\n_rebuild_parameter\n".repeat(1 << 16)[..],
        b"N",
        &b"\x85R".repeat(1 << 16),
    ]
    .concat();
    let error = read(&[b"}", &weight(), &entry("x", &wrapped), b"."]).unwrap_err();
    assert!(error.contains("x is wrapped too often"), "{error}");
}

#[test]
fn a_deep_path_ends() {
    let deep = [
        &b"]".repeat(1 << 20)[..],
        &tensor(0, &[1], &[1]),
        &b"a".repeat(1 << 20),
    ]
    .concat();
    let weights = read(&[&deep, b"."]).unwrap();
    assert_eq!(weights.tensors[0].0.len(), 2 * (1 << 20) - 1);
    let many = tensor(0, &[1], &[1]).repeat(100);
    let deep = [
        &b"]".repeat(1 << 20)[..],
        b"(",
        &many,
        b"e",
        &b"a".repeat((1 << 20) - 1),
    ]
    .concat();
    let error = read(&[&deep, b"."]).unwrap_err();
    assert!(error.contains("its names have more than"), "{error}");
}

#[test]
fn what_lies_in_itself_is_read_once() {
    // A list, a dictionary and an object that hold themselves.
    let weights = read(&[
        b"}q\x00",
        &weight(),
        &entry("self", b"h\x00"),
        &entry("list", b"]q\x01h\x01a"),
        b".",
    ])
    .unwrap();
    assert_eq!(weights.tensors.len(), 1);
}

/// A list with two references to a list with two references to …, and `value` at the end.
fn doubled(levels: usize, value: &[u8]) -> Vec<u8> {
    let mut pickle = value.to_vec();
    for level in 0..levels as u8 {
        pickle.extend([
            b'q', level, b'0', b']', b'(', b'h', level, b'h', level, b'e',
        ]);
    }
    pickle
}

#[test]
fn a_value_that_is_reached_in_many_ways_ends() {
    let weights = read(&[
        b"}",
        &weight(),
        &entry("x", &doubled(200, b"]K\x01a")),
        b".",
    ])
    .unwrap();
    assert_eq!(weights.tensors.len(), 1);
    let objects = doubled(200, b"cm\nC\n)R");
    let weights = read(&[b"}", &weight(), &entry("x", &objects), b"."]).unwrap();
    assert_eq!(weights.notes.len(), 1);
    let error = read(&[
        b"}",
        &entry("x", &doubled(200, &tensor(0, &[1], &[1]))),
        b".",
    ])
    .unwrap_err();
    assert!(error.contains("more than"), "{error}");
}

#[test]
fn long_names_are_not_repeated_without_end() {
    let long = "k".repeat(1 << 20);
    let tensors = [
        &tensor(0, &[1], &[1])[..],
        b"q\x00",
        &b"h\x00".repeat(20_000),
    ]
    .concat();
    let path = [
        b"}",
        &entry(&long, &[b"](", &tensors[..], b"e"].concat())[..],
        b".",
    ]
    .concat();
    let class = [
        b"](c",
        long.as_bytes(),
        b"\nn\nq\x00",
        &b"h\x00)R".repeat(20_000),
        b"e.",
    ]
    .concat();
    let key = [
        &text(&long)[..],
        b"q\x000](",
        &b"}h\x00Ns".repeat(20_000),
        b"e.",
    ]
    .concat();
    assert!(
        read(&[&path])
            .unwrap_err()
            .contains("its names have more than")
    );
    for pickle in [class, key] {
        assert!(read(&[&pickle]).unwrap_err().len() < 3000);
    }
}

#[test]
fn one_part_of_many_modules_is_not_read_without_end() {
    // Thousands of modules that share their attributes, or the set of hidden buffers, of thousands of entries each.
    let entries = [b"}(", &b"NN".repeat(30_000)[..], b"u"].concat();
    let hidden = [
        b"\x8f(",
        &(0..30_000)
            .flat_map(|n| text(&n.to_string()))
            .collect::<Vec<_>>()[..],
        b"\x90",
    ]
    .concat();
    let attributes = |extra: &[u8]| {
        [
            b"}",
            &entry("_modules", b"}")[..],
            &entry("_buffers", b"}"),
            extra,
        ]
        .concat()
    };
    for state in [
        attributes(&[b"(", &b"NN".repeat(30_000)[..], b"u"].concat()),
        attributes(&entry("_parameters", &entries)),
        attributes(&entry("_non_persistent_buffers_set", &hidden)),
    ] {
        let modules = b"cm\nC\n)\x81h\x00b".repeat(30_000);
        let error = read(&[&state, b"q\x000](", &modules, b"e."]).unwrap_err();
        assert!(error.contains("more than"), "{error}");
    }
}

#[test]
fn too_many_values_are_refused() {
    let error = read(&[b"(", &b"N".repeat(9 << 20), b"l."]).unwrap_err();
    assert!(error.contains("makes more than 8388608 values"), "{error}");
    let error = read(&[b"N", &b"2".repeat(34 << 20), b"."]).unwrap_err();
    assert!(error.contains("makes more than"), "{error}");
}

#[test]
fn a_view_claims_no_more_than_the_caller_allows_and_stays_in_its_storage() {
    let huge = tensor(0, &[1 << 30, 1 << 30], &[0, 0]);
    let error = read(&[b"}", &entry("w", &huge), b"."]).unwrap_err();
    assert!(
        error.contains("bytes are more than a weights file may hold"),
        "{error}"
    );
    for (offset, shape, strides) in [
        (1, &[1][..], &[1][..]),
        (0, &[2], &[1]),
        (0, &[1, 2], &[1, 1]),
        (0, &[2, 2], &[0, i32::MAX]),
    ] {
        let error =
            read(&[b"}", &entry("a.b", &tensor(offset, shape, strides)), b"."]).unwrap_err();
        assert!(error.contains("a.b reaches out of its storage"), "{error}");
    }
    for (offset, shape, strides) in [
        (-1, &[1][..], &[1][..]),
        (0, &[1], &[-1]),
        (0, &[1], &[]),
        (0, &[1; 65], &[1; 65]),
    ] {
        let error =
            read(&[b"}", &entry("a.b", &tensor(offset, shape, strides)), b"."]).unwrap_err();
        assert!(
            error.contains("a.b is not described as a tensor"),
            "{error}"
        );
    }
}

#[test]
fn a_view_of_many_sides_takes_no_more_time_than_one_of_few() {
    let (mut shape, mut strides) = (vec![1 << 12, 1 << 12], vec![0, 0]);
    shape.resize(64, 1);
    strides.resize(64, 3);
    let weights = read(&[b"}", &entry("w", &tensor(0, &shape, &strides)), b"."]).unwrap();
    assert_eq!(weights.tensors[0].1.bytes().len(), 4 << 24);
}

#[test]
fn a_storage_is_unpacked_once_for_all_its_tensors() {
    let count = 30_000;
    let entries: Vec<u8> = (0..count)
        .flat_map(|n| entry(&n.to_string(), &tensor((8 << 20) - 1, &[1], &[1])))
        .collect();
    let pickle = [b"}", &entries[..], b"."].concat();
    let contents = archive(&pickle, &[&vec![0; 32 << 20]]);
    let start = Instant::now();
    assert_eq!(parsed(&contents).unwrap().tensors.len(), count);
    assert!(start.elapsed() < LIMIT, "{:?}", start.elapsed());
}

#[test]
fn no_pickle_makes_the_machine_panic() {
    let opcodes = b"(.012N)]}tldaesuRboQ\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94\x97\x98";
    for first in opcodes {
        for second in opcodes {
            for before in [
                &b""[..],
                b"((K\x01",
                b"K\x01)K\x02",
                b"]q\x00(h\x00",
                b"NN(",
            ] {
                let _ = read(&[before, &[*first, *second, b'.']]);
            }
        }
    }
    for pickle in [
        &b"h\x00."[..],
        b"X\xff\0\0\0a.",
        b"\xff",
        b"Kj",
        b"cm.",
        b"I1x\n.",
        b"g-1\n.",
    ] {
        assert!(
            read(&[pickle]).unwrap_err().contains("its pickle"),
            "{pickle:?}"
        );
    }
}

/// A generator of numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % limit
    }
}

#[test]
fn a_changed_file_is_refused_or_read() {
    let mut dice = Dice(1);
    for file in [
        "layouts_zip.pt",
        "checkpoint.pt",
        "module_protocol_4.pt",
        "layouts_stream.pt",
        "numpy_stored.npz",
        "layouts.safetensors",
    ] {
        let contents = std::fs::read(path(&format!("made/{file}"))).unwrap();
        for _ in 0..300 {
            let mut change = |bytes: &mut Vec<u8>| {
                for _ in 0..=dice.below(3) {
                    let place = dice.below(bytes.len());
                    match dice.below(3) {
                        0 => bytes[place] = dice.below(256) as u8,
                        1 => bytes.truncate(place.max(1)),
                        _ => bytes.extend_from_within(place..(place + 40).min(bytes.len())),
                    }
                }
            };
            let is_archive = contents.starts_with(b"PK");
            let mut changed = contents.clone();
            if is_archive {
                // With the right checksums.
                let mut archive = Archive::open(&contents, 1 << 20).unwrap();
                let changing = archive.rewrite(|name, mut contents| {
                    if name.ends_with(".pkl") || name.ends_with(".npy") {
                        change(&mut contents);
                    }
                    Ok(Some(contents))
                });
                changed = changing.unwrap();
            } else {
                change(&mut changed);
            }
            let start = Instant::now();
            let _ = torch_twin_trace::weights::parse(&changed, 1 << 24);
            assert!(start.elapsed() < LIMIT, "{:?}", start.elapsed());
        }
    }
}

#[test]
fn a_side_of_safetensors_that_no_tensor_has_is_named() {
    for shape in [
        "9223372036854775808",
        "0,9223372036854775808",
        "4294967296,4294967296",
        &["0"; 65].join(","),
    ] {
        let header =
            format!(r#"{{"a.b":{{"dtype":"F32","shape":[{shape}],"data_offsets":[0,0]}}}}"#);
        let file = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
        let error = parsed(&file).unwrap_err().to_string();
        assert!(
            error.contains("a.b has a shape that no tensor has"),
            "{error}"
        );
    }
}

#[test]
fn names_from_files_cannot_pass_for_messages() {
    let name = "x\nerror: all is lost\u{1b}[31m";
    let error = read(&[b"}", &entry(name, &tensor(1, &[1], &[1])), b"."]).unwrap_err();
    assert!(
        error.contains(r"x\nerror: all is lost\u{1b}[31m"),
        "{error}"
    );
    let object = entry(name, b"cm\x1b\nC\n)R");
    let notes = read(&[b"}", &weight(), &object, b"."]).unwrap().notes;
    assert_eq!(
        notes,
        [r"left out: x\nerror: all is lost\u{1b}[31m (m\u{1b}.C)"]
    );
}
