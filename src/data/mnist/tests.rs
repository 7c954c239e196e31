use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;

use super::*;
use crate::data::test_server::{send, serve};
use crate::data::{Dataset, IdxError, IdxKind};

/// Stands in for MNIST, whose files the repository does not carry: one black digit a part.
fn content(file: DatasetFile) -> Vec<u8> {
    match file.kind() {
        IdxKind::Images => [
            &[0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 28, 0, 0, 0, 28][..],
            &[0; 784],
        ]
        .concat(),
        IdxKind::Labels => vec![0, 0, 8, 1, 0, 0, 0, 1, file as u8],
    }
}

fn manifest(file: DatasetFile) -> (&'static str, u64) {
    static SHA256: LazyLock<[String; 4]> = LazyLock::new(|| {
        DatasetFile::ALL.map(|file| {
            let idx = Idx::read(&content(file)[..], file.kind());
            idx.expect("an IDX file").sha256()
        })
    });
    (&SHA256[file as usize], 1000)
}

/// A mirror of the stand-in, plain under the names of the `.gz` files. Gives its address.
fn mirror() -> String {
    let files: HashMap<_, _> = DatasetFile::ALL
        .map(|file| (format!("/{}.gz", file.name()), content(file)))
        .into();
    serve(move |path, stream| {
        let body = &files[path];
        send(stream, body.len(), body)
    })
}

fn load(cache: &Cache, mirrors: &[String]) -> Result<Dataset, DataError> {
    let download = Download {
        mirrors: mirrors.to_vec(),
        stall: Duration::from_secs(5),
        ..Download::default()
    };
    load_published(manifest, cache, &download, &mut |_| {})
}

fn cache_in(folder: &Path, replace_damaged: bool) -> Cache {
    Cache {
        folder: folder.to_owned(),
        replace_damaged,
    }
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("an entry").file_name().display().to_string())
        .collect();
    names.sort();
    names
}

#[test]
fn an_absent_cache_and_an_empty_folder_of_the_users_are_filled_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = cache_in(&folder.path().join("not/there yet"), true);
    let users = cache_in(&folder.path().join("empty"), false);
    fs::create_dir(&users.folder).expect("a folder");
    for cache in [own, users] {
        let dataset = load(&cache, &[mirror()]).expect("the mirror has all");
        assert_eq!(dataset.test.labels.int64_value(&[0]), 3);
        let mut expected = DatasetFile::ALL.map(|file| format!("{}.gz", file.name()));
        expected.sort();
        assert_eq!(names_in(&cache.folder), expected);

        load(&cache, &[]).expect("the second time no mirror is needed");
    }
}

#[test]
fn an_absent_folder_of_the_users_is_not_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let slip = cache_in(&folder.path().join("slip"), false);
    let error = load(&slip, &[mirror()]).expect_err("no folder");
    assert!(matches!(error, DataError::NotAFolder { .. }), "{error}");
    assert_eq!(names_in(folder.path()), Vec::<String>::new());
}

#[test]
fn a_file_that_is_there_is_not_fetched() {
    let folder = tempfile::tempdir().expect("a folder");
    let raw = folder.path().join("MNIST/raw");
    fs::create_dir_all(&raw).expect("a folder");
    for file in DatasetFile::ALL {
        fs::write(raw.join(file.name()), content(file)).expect("a file");
    }
    load(&cache_in(folder.path(), false), &[]).expect("all files are in MNIST/raw");
}

#[test]
fn a_damaged_file_in_the_programs_own_cache_is_fetched_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = cache_in(folder.path(), true);
    load(&cache, &[mirror()]).expect("the mirror has all");
    let path = folder.path().join("t10k-labels-idx1-ubyte.gz");
    let mut damaged = content(DatasetFile::TestLabels);
    damaged[8] ^= 1;
    fs::write(&path, &damaged).expect("a file");

    let error = load(&cache, &[]).expect_err("damaged, and no mirror");
    assert!(error.to_string().contains("is not MNIST's"), "{error}");
    load(&cache, &[mirror()]).expect("the mirror has it");
    assert_eq!(
        fs::read(&path).expect("a file"),
        content(DatasetFile::TestLabels)
    );
}

#[test]
fn a_damaged_file_in_a_folder_of_the_users_is_refused_and_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("train-images-idx3-ubyte.gz");
    fs::write(&path, b"precious").expect("a file");

    let error = load(&cache_in(folder.path(), false), &[mirror()]).expect_err("damaged");
    let is_not_idx = matches!(
        &error,
        DataError::File {
            error: IdxError::NotIdx { .. },
            ..
        }
    );
    assert!(is_not_idx, "{error}");
    assert!(!error.is_out_of_reach(), "the sample must not hide it");
    assert_eq!(fs::read(&path).expect("a file"), b"precious");
}

#[test]
fn other_data_under_mnists_names_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    for file in DatasetFile::ALL {
        let mut bytes = content(file);
        *bytes.last_mut().expect("not empty") ^= 1;
        fs::write(folder.path().join(file.name()), bytes).expect("a file");
    }
    let error = load(&cache_in(folder.path(), false), &[]).expect_err("another data set");
    assert!(matches!(error, DataError::NotMnist { .. }), "{error}");
}

#[test]
fn wrong_bytes_from_a_mirror_never_reach_the_cache() {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = cache_in(folder.path(), true);
    let swapped = |file: DatasetFile| match file {
        DatasetFile::TrainImages => manifest(DatasetFile::TrainLabels),
        other => manifest(other),
    };
    let download = Download {
        mirrors: vec![mirror()],
        ..Download::default()
    };
    let error = load_published::<Dataset>(swapped, &cache, &download, &mut |_| {})
        .expect_err("the checksum differs");
    assert!(error.to_string().contains("SHA-256"), "{error}");
    assert!(error.is_out_of_reach());
    assert_eq!(names_in(folder.path()), Vec::<String>::new());
}

#[test]
fn a_file_in_place_of_the_cache_is_an_error() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let error = load(&cache_in(file.path(), false), &[]).expect_err("no folder");
    assert!(matches!(error, DataError::NotAFolder { .. }), "{error}");
}

#[test]
fn lenet5_data_comes_before_the_users_cache_unless_it_is_empty() {
    let home = Some(PathBuf::from("/home/me/.cache"));
    let of_user = cache_in(Path::new("/home/me/.cache/lenet5/mnist"), true);
    assert_eq!(
        Cache::choose(Some("/data".into()), home.clone()),
        Some(cache_in(Path::new("/data"), false))
    );
    assert_eq!(
        Cache::choose(Some("".into()), home.clone()),
        Some(of_user.clone())
    );
    assert_eq!(Cache::choose(None, home), Some(of_user));
    assert_eq!(Cache::choose(None, None), None);
}
