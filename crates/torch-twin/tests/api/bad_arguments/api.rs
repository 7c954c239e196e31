//! The public functions, as the sources declare them: formatted by rustfmt, an item begins its line.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// All public functions of this crate and of torch-twin-trace: `Type::method`, `Trait::method`, or the name of a free
/// one.
pub fn public_functions() -> BTreeSet<String> {
    let crates = ["", "../torch-twin-trace"];
    crates.into_iter().flat_map(functions_of).collect()
}

fn functions_of(of: &str) -> BTreeSet<String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join(of).join("src");
    let mut exports = Exports::default();
    exports.add_module(&src.join("lib.rs"), &src);
    let mut functions = BTreeSet::new();
    for file in sources(&src) {
        for (owner, name) in declared(&fs::read_to_string(&file).unwrap()) {
            if exports.has(&file, owner.as_ref().unwrap_or(&name)) {
                functions.insert(owner.map_or(name.clone(), |owner| format!("{owner}::{name}")));
            }
        }
    }
    functions
}

/// What can be named from outside.
#[derive(Default)]
struct Exports {
    /// The files of public modules.
    files: BTreeSet<PathBuf>,
    /// Names in `pub use`, each with the folder in which it is declared.
    names: BTreeSet<(PathBuf, String)>,
}

impl Exports {
    fn has(&self, file: &Path, name: &str) -> bool {
        let is_used = |(folder, used): &(PathBuf, String)| used == name && file.starts_with(folder);
        self.files.contains(file) || self.names.iter().any(is_used)
    }

    /// Adds the public module in `file`, whose own modules are in `folder`, and all public ones in it.
    fn add_module(&mut self, file: &Path, folder: &Path) {
        self.files.insert(file.to_owned());
        let text = fs::read_to_string(file).unwrap();
        for statement in text.split("\npub use ").skip(1) {
            let path = statement.split(';').next().unwrap_or_default();
            self.add_use(path, folder);
        }
        for line in text.lines() {
            let name = line.strip_prefix("pub mod ");
            let Some(name) = name.and_then(|line| line.strip_suffix(';')) else {
                continue;
            };
            let inside = folder.join(name);
            match inside.join("mod.rs") {
                file if file.exists() => self.add_module(&file, &inside),
                _ => self.add_module(&folder.join(format!("{name}.rs")), &inside),
            }
        }
    }

    /// Adds the names of `module::{one, other}` or `module::one`.
    fn add_use(&mut self, path: &str, folder: &Path) {
        let (module, names) = path.rsplit_once("::").unwrap_or(("", path));
        let folder = match module.strip_prefix("crate::") {
            Some(elsewhere) => Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("src")
                .join(elsewhere),
            None => folder.to_owned(),
        };
        for name in names.split(|c: char| !c.is_alphanumeric() && c != '_') {
            self.names.insert((folder.clone(), name.to_owned()));
        }
    }
}

/// All source files of the library.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("bin") {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The public functions in a source, each with the type or trait that it belongs to, if any.
fn declared(text: &str) -> Vec<(Option<String>, String)> {
    let mut functions = Vec::new();
    let mut owner: Option<(String, bool)> = None;
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    for line in text.lines() {
        if let Some((layer, builder)) = layer_in_a_table(line) {
            for (owner, name) in [(&layer, "new"), (&layer, "builder"), (&builder, "build")] {
                functions.push((Some(owner.clone()), name.to_owned()));
            }
            owner = Some((builder, false));
        }
        if let Some((layer, _)) = line.split_once("(dim) = f_") {
            functions.push((Some(layer.trim().to_owned()), "new".to_owned()));
        }
        if let Some(name) = line.strip_prefix("pub trait ") {
            owner = Some((identifier(name), true));
        } else if line.starts_with("impl") && line.ends_with('{') {
            owner = Some((implemented(line), false));
        } else if line == "}" {
            owner = None;
        }
        let option = line
            .strip_prefix("        ")
            .and_then(|line| line.split_once(": "));
        if let (Some((option, _)), Some((owner, false))) = (option, &owner)
            && line.ends_with(',')
            && option == identifier(option)
            && owner.ends_with("Builder")
            && line.contains(" = ")
        {
            functions.push((Some(owner.clone()), option.to_owned()));
        }
        let unsafe_or_const = |line: &str| line.replace("const fn", "fn").replace("safe fn", "fn");
        let line = unsafe_or_const(line);
        if let Some(name) = line.strip_prefix("pub fn ") {
            functions.push((None, identifier(name)));
        } else if let (Some(name), Some((owner, _))) = (line.strip_prefix("    pub fn "), &owner) {
            functions.push((Some(owner.clone()), identifier(name)));
        } else if let (Some(name), Some((owner, true))) = (line.strip_prefix("    fn "), &owner) {
            functions.push((Some(owner.clone()), identifier(name)));
        }
    }
    functions
}

/// The two types of a line `Elu by EluBuilder {` in a table of layers.
fn layer_in_a_table(line: &str) -> Option<(String, String)> {
    let (layer, builder) = line.strip_prefix("    ")?.split_once(" by ")?;
    let builder = builder.strip_suffix(" {")?;
    let is_name = |text: &str| text == identifier(text);
    (is_name(layer) && is_name(builder)).then(|| (layer.to_owned(), builder.to_owned()))
}

/// The type of a line `impl<…> Type<…> {`.
fn implemented(line: &str) -> String {
    let mut depth = 0;
    let rest = line["impl".len()..].trim_start_matches(|c: char| {
        depth += BTreeMap::from([('<', 1), ('>', -1)]).get(&c).unwrap_or(&0);
        depth > 0 || c == '>' || c == ' '
    });
    identifier(rest)
}

fn identifier(text: &str) -> String {
    let is_part = |c: &char| c.is_alphanumeric() || *c == '_';
    text.chars().take_while(is_part).collect()
}
