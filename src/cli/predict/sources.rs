use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use lenet5::picture::{self, Digit, Invert, PictureError};

use crate::cli::output::shown;

/// What stands for standard input.
const STANDARD_INPUT: &str = "-";

/// The most bytes that a list of files may have.
const MAX_LIST_BYTES: u64 = 256 << 20;

/// A picture that is to be read.
pub struct Source {
    path: PathBuf,
    /// The class of the folder that it is in, if that is the folder of a class.
    pub truth: Option<usize>,
}

impl Source {
    fn new(path: PathBuf) -> Self {
        Self { path, truth: None }
    }

    /// What it is called.
    pub fn name(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    /// What it is called, for people.
    pub fn shown(&self) -> String {
        shown(&self.path)
    }

    /// Reads its digits.
    pub fn read(&self, invert: Invert) -> Result<Vec<Digit>, PictureError> {
        if self.path.as_os_str() != STANDARD_INPUT {
            return picture::read(&self.path, invert);
        }
        let mut contents = Vec::new();
        let mut limited = io::stdin().lock().take(picture::MAX_BYTES + 1);
        let read = limited.read_to_end(&mut contents);
        read.map_err(PictureError::Read)?;
        picture::read_bytes(&contents, invert)
    }
}

/// The pictures that the command line names, those of a folder in the order of their names, and how many
/// folders gave none; each of those is reported. `classes` are the names of the classes.
pub fn named(arguments: &[PathBuf], classes: &[String]) -> (Vec<Source>, usize) {
    let (mut sources, mut failures) = (Vec::new(), 0);
    for argument in arguments {
        if !argument.is_dir() {
            sources.push(Source::new(argument.clone()));
            continue;
        }
        let problem = match in_folder(argument, classes) {
            Ok(found) if found.is_empty() => "holds no picture".to_owned(),
            Ok(found) => {
                sources.extend(found);
                continue;
            }
            Err(error) => format!("cannot be read: {error}"),
        };
        say!("error: {}: {problem}", shown(argument));
        failures += 1;
    }
    (sources, failures)
}

/// The pictures that the lines of a file name, or those of standard input.
pub fn listed(list: &Path) -> anyhow::Result<Vec<Source>> {
    if list.as_os_str() == STANDARD_INPUT {
        return lines(io::stdin().lock()).context("standard input");
    }
    let read = || {
        let file = File::open(list).context("cannot be read")?;
        lines(BufReader::new(file))
    };
    read().with_context(|| format!("--files-from {}", shown(list)))
}

fn lines(input: impl BufRead) -> anyhow::Result<Vec<Source>> {
    let mut limited = input.take(MAX_LIST_BYTES + 1);
    let mut text = String::new();
    limited
        .read_to_string(&mut text)
        .context("cannot be read as text")?;
    ensure!(
        text.len() as u64 <= MAX_LIST_BYTES,
        "holds more than {MAX_LIST_BYTES} bytes"
    );
    let paths = text.lines().filter(|line| !line.is_empty());
    Ok(paths.map(|path| Source::new(path.into())).collect())
}

/// The pictures in a folder, and those in the folders of classes in it.
fn in_folder(folder: &Path, classes: &[String]) -> io::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for path in entries(folder)? {
        if !path.is_dir() {
            sources.extend(is_picture(&path).then(|| Source::new(path)));
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let Some(truth) = classes.iter().position(|class| *class == name) else {
            continue;
        };
        let pictures = entries(&path)?.into_iter().filter(|path| is_picture(path));
        sources.extend(pictures.map(|path| Source {
            path,
            truth: Some(truth),
        }));
    }
    Ok(sources)
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut paths = paths.collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// Whether a file is to be read: what cannot be opened is, and is reported then.
fn is_picture(path: &Path) -> bool {
    picture::is_picture(path).unwrap_or(true)
}
