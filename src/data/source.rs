use std::convert::Infallible;
use std::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use super::dataset::FromFiles;
use super::{Cache, DataError, Dataset, Download, DownloadProgress, TestSet, files, mnist, sample};

/// Where data comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A folder with the four IDX files, plain or `.gz`, in it or in `MNIST/raw` below it.
    Folder(PathBuf),
    /// MNIST, from the cache, which is filled by a download where it is empty.
    Mnist,
    /// 10,000 of MNIST's training digits, built into the binary.
    Sample,
}

impl From<OsString> for Source {
    /// As from a text; a path that is none is a folder.
    fn from(text: OsString) -> Self {
        match text.to_str() {
            Some("mnist") => Self::Mnist,
            Some("sample") => Self::Sample,
            _ => Self::Folder(text.into()),
        }
    }
}

impl FromStr for Source {
    type Err = Infallible;

    /// `mnist`, `sample`, else a folder; `./mnist` is a folder of that name.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(OsString::from(text).into())
    }
}

/// Reads a data set; whether its labels are classes, [`Dataset::check_labels`] tells.
///
/// Without a source it is MNIST, and where that is neither in the cache nor to be downloaded, the
/// sample, with a warning. The cache is the folder in `LENET5_DATA`, else the user's cache folder.
/// `progress` is called as a download goes on.
///
/// # Errors
///
/// Files that are missing, unreadable or not what they should be: see [`DataError`].
pub fn load(
    source: Option<&Source>,
    progress: &mut dyn FnMut(DownloadProgress),
) -> Result<Dataset, DataError> {
    let cache = Cache::from_env();
    load_with(source, cache.as_ref(), &Download::default(), progress)
}

/// [`load`], but for the images to train on: those files are neither read nor downloaded.
///
/// # Errors
///
/// As [`load`].
pub fn load_test_set(
    source: Option<&Source>,
    progress: &mut dyn FnMut(DownloadProgress),
) -> Result<TestSet, DataError> {
    let cache = Cache::from_env();
    load_files(source, cache.as_ref(), &Download::default(), progress)
}

/// [`load`] with a cache and mirrors of the caller's choice.
///
/// # Errors
///
/// As [`load`].
pub fn load_with(
    source: Option<&Source>,
    cache: Option<&Cache>,
    download: &Download,
    progress: &mut dyn FnMut(DownloadProgress),
) -> Result<Dataset, DataError> {
    load_files(source, cache, download, progress)
}

fn load_files<T: FromFiles>(
    source: Option<&Source>,
    cache: Option<&Cache>,
    download: &Download,
    progress: &mut dyn FnMut(DownloadProgress),
) -> Result<T, DataError> {
    let mut mnist = || {
        let cache = cache.ok_or(DataError::NoCacheFolder)?;
        mnist::load(cache, download, progress)
    };
    match source {
        Some(Source::Folder(folder)) => files::load(folder),
        Some(Source::Sample) => sample::load(),
        Some(Source::Mnist) => mnist(),
        None => match mnist() {
            Err(error) if error.is_out_of_reach() => {
                sample::load().map(|sample: T| sample.warned(not_mnist(&error)))
            }
            result => result,
        },
    }
}

fn not_mnist(error: &DataError) -> String {
    let cause = error
        .source()
        .map_or_else(String::new, |cause| format!(": {cause}"));
    format!(
        "THIS IS NOT MNIST but the built-in sample of 10,000 digits, and its accuracy does not \
         compare with MNIST's.\n{error}{cause}"
    )
}
