use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The rows of `versions.txt`: PyTorch, torchvision, tch.
fn rows() -> impl Iterator<Item = [&'static str; 3]> {
    let lines = include_str!("../versions.txt").lines();
    lines.filter(|line| !line.starts_with('#')).map(|line| {
        let mut words = line.split_whitespace();
        [(); 3].map(|()| words.next().unwrap_or_default())
    })
}

/// The versions of PyTorch that some tch goes with, such as `2.13.0`.
pub fn torches() -> Vec<&'static str> {
    rows().map(|[torch, ..]| torch).collect()
}

/// The version of tch that goes with a PyTorch, such as `2.13.0+cpu`.
pub fn tch_for(torch: &str) -> Option<&'static str> {
    let release = torch.split('+').next();
    let mut fitting = rows().filter(|[torch, ..]| Some(*torch) == release);
    fitting.next().map(|[_, _, tch]| tch)
}

/// The version of the libtorch in `root`, and the file that names it: `build-version` in one that was
/// downloaded, `version.py` in a PyTorch.
pub fn torch_version(root: &Path) -> Option<(String, PathBuf)> {
    let read = |name| {
        let path = root.join(name);
        Some((fs::read_to_string(&path).ok()?, path))
    };
    if let Some((text, path)) = read("build-version") {
        return Some((text.trim().to_owned(), path));
    }
    let (text, path) = read("version.py")?;
    let version = text
        .lines()
        .find_map(|line| line.strip_prefix("__version__ = '"))?;
    Some((version.trim_end_matches('\'').to_owned(), path))
}

/// The version of PyTorch that a version of tch was made for.
pub fn torch_of(tch: &str) -> Option<&'static str> {
    rows().find(|row| row[2] == tch).map(|[torch, ..]| torch)
}

/// The version of tch in the `Cargo.lock` by which torch-twin is built, and that file. It lies above
/// `OUT_DIR`, or above `CARGO_MANIFEST_DIR` where cargo builds into a folder elsewhere.
pub fn locked_tch() -> Option<(String, PathBuf)> {
    let folders = ["OUT_DIR", "CARGO_MANIFEST_DIR"].map(env::var_os);
    let folders = folders.iter().flatten().map(Path::new);
    let mut locks = folders.flat_map(locked_above);
    locks.next()
}

/// The same of the nearest `Cargo.lock` above `folder` that torch-twin is in.
pub fn locked_above(folder: &Path) -> Option<(String, PathBuf)> {
    let mut locks = folder.ancestors().filter_map(|folder| {
        let lock = folder.join("Cargo.lock");
        let text = fs::read_to_string(&lock).ok()?;
        locked_version(&text, "torch-twin")?;
        Some((locked_version(&text, "tch")?.to_owned(), lock))
    });
    locks.next()
}

fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    let version = lines.nth(1)?.strip_prefix("version = \"")?;
    version.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torch_has_its_tch_whatever_it_was_built_for() {
        assert_eq!(tch_for("2.13.0+cu130"), Some("0.26.0"));
        assert_eq!(tch_for("2.11.0"), Some("0.24.0"));
        assert_eq!(tch_for("2.13.1"), None);
        assert_eq!(tch_for(""), None);
    }

    #[test]
    fn the_lock_of_this_workspace_names_a_tch_of_the_table() {
        let (locked, _) = locked_above(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert!(rows().any(|[_, _, tch]| tch == locked), "{locked}");
        assert!(torch_of(&locked).is_some());
    }
}
