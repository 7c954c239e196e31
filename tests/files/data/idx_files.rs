use std::io::{BufReader, Cursor, Read};

use lenet5::data::IdxKind;
use lenet5::data::idx::Idx;

use super::files::{assert_refused, gzip, images, labels, read};
use crate::common::idx;

#[test]
fn plain_and_gzip_are_told_apart_by_content() {
    for bytes in [images(3), gzip(&images(3))] {
        let found = read(&bytes, IdxKind::Images).expect("three images");
        assert_eq!(found.shape, [3, 28, 28]);
        assert_eq!(found.bytes, images(3)[16..]);
    }
}

#[test]
fn gzip_members_one_after_another_are_one_file() {
    let whole = images(3);
    let members = [gzip(&whole[..1000]), gzip(&whole[1000..])].concat();
    let found = read(&members, IdxKind::Images).expect("three images");
    assert_eq!(found.bytes, whole[16..]);
}

/// Tapes and some copying programs pad files with zeros; Python's gzip passes over them.
#[test]
fn zeros_after_a_gzip_member_are_padding() {
    let whole = images(3);
    let zeros = vec![0; 100_000];
    for padded in [
        [gzip(&whole), zeros.clone()].concat(),
        [gzip(&whole[..1000]), zeros.clone(), gzip(&whole[1000..])].concat(),
    ] {
        let found = read(&padded, IdxKind::Images).expect("three images");
        assert_eq!(found.bytes, whole[16..]);
    }
    let longer = [gzip(&whole), zeros, gzip(b"x")].concat();
    assert_refused(read(&longer, IdxKind::Images), "goes on after");
}

#[test]
fn sha256_is_that_of_the_uncompressed_file() {
    let found = read(&gzip(&labels(&[1, 2, 3])), IdxKind::Labels).expect("three labels");
    // printf '\0\0\010\001\0\0\0\003\001\002\003' | sha256sum
    let expected = "398a8a7fbd9531f1d9aa2ae368533e137cb53c202c3665f25affcf1ca88844ab";
    assert_eq!(found.sha256(), expected);
}

#[test]
fn a_file_cut_off_anywhere_is_refused() {
    let plain = images(2);
    for length in 0..plain.len() {
        assert_refused(read(&plain[..length], IdxKind::Images), "is cut off");
    }
    let zipped = gzip(&plain);
    for length in 0..zipped.len() {
        assert!(
            read(&zipped[..length], IdxKind::Images).is_err(),
            "{length}"
        );
    }
    let half = &zipped[..zipped.len() / 2];
    assert_refused(read(half, IdxKind::Images), "is cut off");
}

#[test]
fn bytes_after_the_end_are_refused() {
    let padded = [images(2), vec![0]].concat();
    let words = "goes on after the 1584 bytes";
    assert_refused(read(&padded, IdxKind::Images), words);
    assert_refused(read(&gzip(&padded), IdxKind::Images), words);
    for garbage in [&b"x"[..], b"\0\0x", b"\x1f\x8b\x08\x00"] {
        let padded = [&gzip(&images(2))[..], garbage].concat();
        assert_refused(read(&padded, IdxKind::Images), "damaged gzip");
    }
}

#[test]
fn a_flipped_bit_in_a_gzip_file_is_refused() {
    let zipped = gzip(&labels(&[1, 2, 3]));
    // The ten bytes before are the gzip header, most of which says nothing about the content.
    for position in 10..zipped.len() {
        let mut damaged = zipped.clone();
        damaged[position] ^= 1;
        assert!(read(&damaged, IdxKind::Labels).is_err(), "byte {position}");
    }
}

#[test]
fn swapped_files_are_named_as_such() {
    let words = "holds labels, but images belong there; are two files swapped?";
    assert_refused(read(&labels(&[1]), IdxKind::Images), words);
    let words = "holds images, but labels belong there";
    assert_refused(read(&gzip(&images(1)), IdxKind::Labels), words);
}

#[test]
fn other_content_is_refused() {
    let refused = |bytes: &[u8], words| assert_refused(read(bytes, IdxKind::Images), words);
    refused(
        b"<!DOCTYPE",
        "with [3c, 21, 44, 4f], not with [00, 00, 08, 03]",
    );
    refused(&gzip(b"hello"), "is not an IDX file of images");
    refused(&gzip(&gzip(&images(1))), "with [1f, 8b, 08, 00]");
    refused(b"\x1f\x8bgarbage, no gzip", "damaged gzip");
    refused(b"", "it holds 0 bytes where 16 are expected");
}

#[test]
fn absurd_dimensions_are_refused_by_the_header_alone() {
    let most = u32::MAX;
    for shape in [
        [0, 28, 28],
        [10, 0, 28],
        [10, 28, 0],
        [most, 28, 28],
        [most, most, most],
        [1_000_001, 28, 28],
    ] {
        let header = idx(IdxKind::Images, &shape, &[]);
        assert_refused(read(&header, IdxKind::Images), "are accepted");
    }
    assert_refused(read(&labels(&[]), IdxKind::Labels), "announces 0 bytes");
    let header = idx(IdxKind::Labels, &[1_000_001], &[]);
    let words = "announces 1000001 bytes of labels in its header; 1 to 1000000 are accepted";
    assert_refused(read(&header, IdxKind::Labels), words);
}

#[test]
fn a_header_that_claims_much_costs_nothing_where_little_follows() {
    let header = idx(IdxKind::Images, &[1_000_000, 28, 28], &[1, 2, 3]);
    let words = "it holds 19 bytes where 784000016 are expected";
    assert_refused(read(&header, IdxKind::Images), words);
}

#[test]
fn an_endless_file_is_left_where_its_content_should_end() {
    let endless = Cursor::new(images(1)).chain(BufReader::new(std::io::repeat(0)));
    let refused = Idx::read(endless, IdxKind::Images);
    assert_refused(refused, "goes on after the 800 bytes");
}

#[test]
fn a_gzip_bomb_is_not_unpacked() {
    let bomb = gzip(&[images(1), vec![0; 64 << 20]].concat());
    let mut input = BufReader::new(Cursor::new(&bomb));
    let refused = Idx::read(&mut input, IdxKind::Images);
    assert_refused(refused, "goes on after the 800 bytes");
    let consumed = input.into_inner().position();
    assert!(consumed < bomb.len() as u64 / 10, "{consumed}");
}
