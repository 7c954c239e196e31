//! The page's script: its modules put together into one.

use std::fmt::Write;
use std::path::{Component, Path};

use super::modules::Module;

/// What may stand between `export` and a name.
const DECLARATIONS: [&str; 4] = ["async function ", "function ", "class ", "const "];

/// Puts modules together, each after those that it imports.
///
/// A module becomes a block. It takes what it imports from an object, under the path of the module
/// that put it there. So names need to be unique within a module only.
pub(super) fn assemble(modules: &[Module]) -> String {
    let mut script = String::from("const modules = {};\n");
    for module in modules {
        let Parts {
            imports,
            body,
            exports,
        } = Parts::of(module);
        let exports = exports.join(", ");
        // Writing to a string does not fail.
        let _ = write!(
            script,
            "\n// {path}\n{{\n{imports}{body}modules[\"{path}\"] = {{ {exports} }};\n}}\n",
            path = module.path,
        );
    }
    script
}

/// A module taken apart.
struct Parts {
    /// Its imports, as declarations.
    imports: String,
    body: String,
    exports: Vec<&'static str>,
}

impl Parts {
    fn of(module: &Module) -> Self {
        let mut parts = Self {
            imports: String::new(),
            body: String::new(),
            exports: Vec::new(),
        };
        let mut rest = module.source;
        while let Some((names, from, after)) = import(rest) {
            let path = resolve(module.path, from);
            parts.imports += &format!("const {names} = modules[\"{path}\"];\n");
            rest = after;
        }
        for line in rest.trim_start().lines() {
            let declaration = line.strip_prefix("export ");
            parts.exports.extend(declaration.and_then(declared_name));
            parts.body += declaration.unwrap_or(line);
            parts.body.push('\n');
        }
        parts
    }
}

/// The names, the path, and what follows, of the import with which `source` starts.
fn import(source: &str) -> Option<(&str, &str, &str)> {
    let statement = source.strip_prefix("import ")?;
    let (names, rest) = statement.split_once(" from \"")?;
    let (from, rest) = rest.split_once("\";\n")?;
    Some((names, from, rest))
}

/// The name that a declaration gives.
fn declared_name(declaration: &str) -> Option<&str> {
    let mut kinds = DECLARATIONS.iter();
    let rest = kinds.find_map(|kind| declaration.strip_prefix(kind))?;
    rest.split(|character: char| !character.is_alphanumeric() && character != '_')
        .next()
}

/// The path below `page/` of what the module at `path` names `from`.
fn resolve(path: &str, from: &str) -> String {
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    let mut parts = Vec::new();
    for component in folder.join(from).components() {
        match component {
            Component::ParentDir => {
                parts.pop();
            }
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            _ => {}
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::page::modules::MODULES;

    /// The paths below `page/` of all files of JavaScript but those of the tests.
    fn files() -> HashSet<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("page");
        let is_apart = |path: &PathBuf| path.ends_with("test") || path.ends_with("node_modules");
        let (mut files, mut folders) = (HashSet::new(), vec![root.clone()]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() && !is_apart(&path) {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "js") {
                    let below = path.strip_prefix(&root).unwrap();
                    files.insert(below.to_str().unwrap().to_owned());
                }
            }
        }
        files
    }

    #[test]
    fn every_file_of_the_page_is_a_module_of_its_script() {
        let listed: HashSet<_> = MODULES
            .iter()
            .map(|module| module.path.to_owned())
            .collect();
        assert_eq!(listed, files());
        assert_eq!(listed.len(), MODULES.len(), "a module is listed twice");
    }

    #[test]
    fn each_module_stands_after_those_that_it_imports() {
        let mut before = HashSet::new();
        for module in MODULES {
            let mut rest = module.source;
            while let Some((_, from, after)) = import(rest) {
                let path = resolve(module.path, from);
                assert!(before.contains(&path), "{} imports {path}", module.path);
                rest = after;
            }
            before.insert(module.path.to_owned());
        }
    }

    #[test]
    fn a_module_becomes_a_block_that_takes_imports_and_gives_exports() {
        let script = assemble(&[Module {
            path: "view/answer.js",
            source: "import { a, b } from \"../network/sum.js\";\n\n\
                     export function answer() {\n  return a + b;\n}\n\nconst c = 1;\n\
                     export class Bars {}\n",
        }]);
        assert_eq!(
            script,
            "const modules = {};\n\n// view/answer.js\n{\n\
             const { a, b } = modules[\"network/sum.js\"];\n\
             function answer() {\n  return a + b;\n}\n\nconst c = 1;\nclass Bars {}\n\
             modules[\"view/answer.js\"] = { answer, Bars };\n}\n"
        );
    }

    #[test]
    fn nothing_is_imported_or_exported_any_more() {
        let script = assemble(MODULES);
        let is_left = |line: &&str| line.starts_with("import ") || line.starts_with("export ");
        assert_eq!(script.lines().find(is_left), None);
    }
}
