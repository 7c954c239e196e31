use std::fs;
use std::path::{Path, PathBuf};

use lenet5::picture;

use super::super::output::shown;

/// The pictures' paths, those of a folder in the order of their names, and how many folders gave
/// none; each of those is reported.
pub fn pictures(arguments: &[PathBuf]) -> (Vec<PathBuf>, usize) {
    let (mut paths, mut failures) = (Vec::new(), 0);
    for argument in arguments {
        if !argument.is_dir() {
            paths.push(argument.clone());
            continue;
        }
        let problem = match pictures_in(argument) {
            Ok(pictures) if pictures.is_empty() => "holds no picture".to_owned(),
            Ok(pictures) => {
                paths.extend(pictures);
                continue;
            }
            Err(error) => format!("cannot be read: {error}"),
        };
        say!("error: {}: {problem}", shown(argument));
        failures += 1;
    }
    (paths, failures)
}

fn pictures_in(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        // What cannot be opened is kept, and reported when it is to be read.
        if picture::is_picture(&path).unwrap_or(true) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
