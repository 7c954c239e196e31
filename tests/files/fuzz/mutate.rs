//! Mutations of valid input.

use std::io::{Cursor, Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// One change.
#[derive(Clone, Debug)]
enum Mutation {
    Flip(Index, u8),
    Set(Index, u8),
    /// Writes a number where one may stand, in either order of bytes.
    Number(Index, u64, usize, bool),
    Insert(Index, Vec<u8>),
    Delete(Index, Index),
    Truncate(Index),
    /// Repeats a short piece many times, as nesting and lengths that never end.
    Repeat(Index, usize, usize),
    /// Copies a piece to another place.
    Copy(Index, Index, usize),
}

/// Which bytes a case changes: those of the file, or those inside its packing, which then fits
/// again and lets the change through to what reads the content.
#[derive(Clone, Debug)]
struct Case {
    is_inside: bool,
    file: Index,
    mutations: Vec<Mutation>,
}

/// The case of that number: another number, another case, and always the same.
pub fn mutated(seeds: &[Vec<u8>], number: u64) -> Vec<u8> {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let strategy = (any::<Index>(), case());
    let (which, case) = strategy.new_tree(&mut runner).expect("a case").current();
    let bytes = which.get(seeds).clone();
    let packed = case.is_inside.then(|| inside(&bytes, &case)).flatten();
    packed.unwrap_or_else(|| apply(bytes, &case.mutations))
}

fn case() -> impl Strategy<Value = Case> {
    let mutations = vec(mutation(), 1..4);
    let parts = (prop::bool::weighted(0.7), any::<Index>(), mutations);
    parts.prop_map(|(is_inside, file, mutations)| Case {
        is_inside,
        file,
        mutations,
    })
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let place = any::<Index>;
    let number = prop_oneof![
        any::<u64>(),
        prop::sample::select(vec![
            0,
            1,
            127,
            128,
            255,
            256,
            65535,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_ffff,
            0x7fff_ffff_ffff_ffff,
            0x8000_0000_0000_0000,
            u64::MAX,
            1 << 40,
        ]),
    ];
    let width = prop::sample::select(vec![1_usize, 2, 4, 8]);
    prop_oneof![
        4 => (place(), 0..8_u8).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        4 => (place(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        4 => (place(), number, width, any::<bool>())
            .prop_map(|(at, number, width, big)| Mutation::Number(at, number, width, big)),
        2 => (place(), vec(any::<u8>(), 1..16)).prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        2 => (place(), place()).prop_map(|(from, to)| Mutation::Delete(from, to)),
        1 => place().prop_map(Mutation::Truncate),
        1 => (place(), 1..8_usize, prop::sample::select(vec![10, 1000, 100_000]))
            .prop_map(|(at, length, times)| Mutation::Repeat(at, length, times)),
        2 => (place(), place(), 1..64_usize)
            .prop_map(|(from, to, length)| Mutation::Copy(from, to, length)),
    ]
}

fn apply(mut bytes: Vec<u8>, mutations: &[Mutation]) -> Vec<u8> {
    for mutation in mutations {
        if bytes.is_empty() {
            return bytes;
        }
        let length = bytes.len();
        // Headers are short and decide much, so half of the places are in the first bytes.
        let at = |index: &Index| {
            let near = index.index(2) == 0;
            index.index(if near { length.min(512) } else { length })
        };
        match mutation {
            Mutation::Flip(index, bit) => bytes[at(index)] ^= 1 << bit,
            Mutation::Set(index, byte) => bytes[at(index)] = *byte,
            Mutation::Number(index, number, width, is_big) => {
                let number = if *is_big {
                    number.to_be_bytes()[8 - width..].to_vec()
                } else {
                    number.to_le_bytes()[..*width].to_vec()
                };
                let start = at(index);
                for (place, byte) in bytes[start..].iter_mut().zip(number) {
                    *place = byte;
                }
            }
            Mutation::Insert(index, new) => {
                let start = at(index);
                bytes.splice(start..start, new.iter().copied());
            }
            Mutation::Delete(from, to) => {
                let (from, to) = (at(from), at(to));
                bytes.drain(from.min(to)..from.max(to));
            }
            Mutation::Truncate(index) => bytes.truncate(at(index)),
            Mutation::Repeat(index, count, times) => {
                let start = at(index);
                let end = length.min(start + count);
                let piece = bytes[start..end].repeat(*times);
                bytes.splice(start..start, piece);
            }
            Mutation::Copy(from, to, count) => {
                let (from, to) = (at(from), at(to));
                let piece = bytes[from..length.min(from + count)].to_vec();
                for (place, byte) in bytes[to..].iter_mut().zip(piece) {
                    *place = byte;
                }
            }
        }
    }
    bytes
}

/// Changes what is packed in gzip or zip, or named in a safetensors header, and packs it again.
fn inside(bytes: &[u8], case: &Case) -> Option<Vec<u8>> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut content = Vec::new();
        GzDecoder::new(bytes).read_to_end(&mut content).ok()?;
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&apply(content, &case.mutations)).ok()?;
        return packed.finish().ok();
    }
    if bytes.starts_with(b"PK") {
        return inside_zip(bytes, case);
    }
    let (length, rest) = bytes.split_first_chunk()?;
    let length = u64::from_le_bytes(*length);
    let (header, data) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    let header = apply(header.to_vec(), &case.mutations);
    Some(
        [
            &(header.len() as u64).to_le_bytes(),
            header.as_slice(),
            data,
        ]
        .concat(),
    )
}

fn inside_zip(bytes: &[u8], case: &Case) -> Option<Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    // The data of tensors are most files of the archive, and any bytes are good there.
    let names: Vec<String> = archive
        .file_names()
        .filter_map(|name| Some(name.ok()?.to_string()))
        .collect();
    let decisive: Vec<&String> = names
        .iter()
        .filter(|name| !name.contains("/data/"))
        .collect();
    let chosen = (*case.file.get(&decisive)).clone();
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for name in names {
        let mut content = Vec::new();
        archive
            .by_name(&name)
            .ok()?
            .read_to_end(&mut content)
            .ok()?;
        if name == chosen {
            content = apply(content, &case.mutations);
        }
        writer.start_file(name, options).ok()?;
        writer.write_all(&content).ok()?;
    }
    Some(writer.finish().ok()?.into_inner())
}
