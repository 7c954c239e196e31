use std::collections::HashSet;
use std::fmt::Write;

use crate::weights::pickle::{Id, Object, Value, Values};

/// What a value is called in the one that holds it.
#[derive(Clone, Copy)]
pub enum Name {
    /// A key of a dictionary.
    Key(Id),
    /// A place in a list.
    Index(usize),
}

/// The values in a value, with their names; none in objects that are opaque here. `steps` grows with the time that it
/// takes: many values may share a long list.
pub fn children(values: &Values<'_>, id: Id, steps: &mut usize) -> Vec<(Name, Id)> {
    let children = match values.get(id) {
        Value::Tuple(items) | Value::List(items) => listed(values, items),
        Value::Dict(_) => keyed(values, id),
        Value::Object(object) => match part(values, object) {
            Part::Module(module) => module.children(values, steps),
            Part::Script(attributes) => keyed(values, attributes),
            Part::Collection => {
                let items = entries(values, id).into_iter();
                items.chain(listed(values, &object.appended)).collect()
            }
        },
        _ => Vec::new(),
    };
    let attributes = values.object(id).and_then(|object| object.state);
    *steps += 1 + children.len() + attributes.map_or(0, |state| values.pairs(state).len());
    children
}

/// What is read of an object.
enum Part {
    /// The `state_dict` of a module.
    Module(Module),
    /// The attributes of a class that a TorchScript program defines.
    Script(Id),
    /// What is in it as in a dictionary or a list.
    Collection,
}

fn part(values: &Values<'_>, object: &Object) -> Part {
    let Some(state) = object.state else {
        return Part::Collection;
    };
    if let Some(module) = Module::of(values, state) {
        return Part::Module(module);
    }
    let (module, _) = values.class(object.class);
    match module.starts_with("__torch__") && is_dict(values, state) {
        true => Part::Script(state),
        false => Part::Collection,
    }
}

fn is_dict(values: &Values<'_>, id: Id) -> bool {
    matches!(values.get(id), Value::Dict(_))
}

/// Whether an object is a dictionary or a module, whose own class does not matter.
pub fn is_plain(values: &Values<'_>, id: Id) -> bool {
    let Some(object) = values.object(id) else {
        return true;
    };
    let (module, name) = values.class(object.class);
    // TorchScript wraps its lists in functions of torch.jit._pickle.
    let plain = [
        "collections",
        "__builtin__",
        "builtins",
        "torch.jit._pickle",
    ];
    plain.contains(&module)
        || matches!((module, name), ("torch", "Size" | "device"))
        || !matches!(part(values, object), Part::Collection)
}

/// Module and name of an object's class: of one that a function makes, the function or the class that it is given.
pub fn class_of<'a>(values: &Values<'a>, object: &Object) -> (&'a str, &'a str) {
    let function = values.class(object.class);
    match (function.1, values.sequence(object.arguments)) {
        // Of NumPy's arrays, and of copyreg.
        ("_reconstruct" | "_reconstructor", Some(&[class, ..])) => values.class(class),
        _ => function,
    }
}

/// Whether a value can be a `state_dict`: a dictionary, a list of pairs, or a module.
pub fn is_dictionary(values: &Values<'_>, id: Id) -> bool {
    match values.get(id) {
        Value::Dict(_) => true,
        Value::Tuple(items) | Value::List(items) => is_pairs(values, items),
        Value::Object(object) => !object.items.is_empty() || is_plain(values, id),
        _ => false,
    }
}

/// The entries of a dictionary, also of an `OrderedDict` that Python 2 made from pairs.
pub fn entries(values: &Values<'_>, id: Id) -> Vec<(Name, Id)> {
    let old = values.object(id).and_then(|object| {
        let (_, name) = values.class(object.class);
        match values.sequence(object.arguments) {
            Some(&[pairs]) if name == "OrderedDict" => values.sequence(pairs),
            _ => None,
        }
    });
    match old {
        Some(pairs) => listed(values, pairs),
        None => keyed(values, id),
    }
}

fn keyed(values: &Values<'_>, id: Id) -> Vec<(Name, Id)> {
    let pairs = values.pairs(id);
    pairs.map(|(key, value)| (Name::Key(key), value)).collect()
}

/// Items by their places, or pairs of a name and a value by their names.
fn listed(values: &Values<'_>, items: &[Id]) -> Vec<(Name, Id)> {
    if is_pairs(values, items) {
        let named = items.iter().filter_map(|&item| pair(values, item));
        return named
            .map(|(name, value)| (Name::Key(name), value))
            .collect();
    }
    let items = items.iter().enumerate();
    items
        .map(|(index, &item)| (Name::Index(index), item))
        .collect()
}

fn is_pairs(values: &Values<'_>, items: &[Id]) -> bool {
    !items.is_empty() && items.iter().all(|&item| pair(values, item).is_some())
}

/// A name and a value.
fn pair(values: &Values<'_>, id: Id) -> Option<(Id, Id)> {
    match values.sequence(id) {
        Some(&[name, value]) if values.text(name).is_some() => Some((name, value)),
        _ => None,
    }
}

impl Name {
    /// Writes the name as a part of a path: a key as Python's `str` writes it.
    pub fn write(self, values: &Values<'_>, path: &mut String) {
        // Writing into a string cannot fail.
        let _ = match self {
            Self::Index(index) => write!(path, "{index}"),
            Self::Key(key) => match values.get(key) {
                Value::Text(text) => path.write_str(text),
                Value::Tuple(items) => write_tuple(values, items, path),
                _ => write_simple(values, key, path),
            },
        };
    }
}

/// A tuple as Python writes it, if it is short and simple.
fn write_tuple(values: &Values<'_>, items: &[Id], path: &mut String) -> std::fmt::Result {
    const SHOWN: usize = 8;
    path.push('(');
    for (index, &item) in items.iter().take(SHOWN).enumerate() {
        path.push_str(if index == 0 { "" } else { ", " });
        match values.get(item) {
            Value::Text(text) => write!(path, "'{text}'")?,
            _ => write_simple(values, item, path)?,
        }
    }
    path.push_str(match items.len() {
        1 => ",)",
        0..=SHOWN => ")",
        _ => ", …)",
    });
    Ok(())
}

fn write_simple(values: &Values<'_>, id: Id, path: &mut String) -> std::fmt::Result {
    match values.get(id) {
        Value::None => path.write_str("None"),
        Value::Bool(true) => path.write_str("True"),
        Value::Bool(false) => path.write_str("False"),
        Value::Int(int) => write!(path, "{int}"),
        Value::Float(float) => write!(path, "{float:?}"),
        Value::Class(_, name) => path.write_str(name),
        Value::Object(object) => write!(path, "<{}>", values.class(object.class).1),
        Value::Other(class) => write!(path, "<{class}>"),
        _ => path.write_str("…"),
    }
}

/// What the `state_dict` of a module is made from, among its attributes.
pub struct Module {
    parameters: Option<Id>,
    buffers: Option<Id>,
    /// The set of the names of buffers that the `state_dict` does not have.
    hidden: Option<Id>,
    modules: Id,
}

impl Module {
    /// The module with these attributes; none where they are not those of a module.
    pub fn of(values: &Values<'_>, attributes: Id) -> Option<Self> {
        let names = [
            "_parameters",
            "_buffers",
            "_non_persistent_buffers_set",
            "_modules",
        ];
        let mut parts = [None; 4];
        for (name, value) in values.pairs(attributes) {
            let Some(name) = values.text(name) else {
                continue;
            };
            if let Some(part) = names.iter().position(|known| *known == name) {
                parts[part] = Some(value);
            }
        }
        let [parameters, buffers, hidden, modules] = parts;
        Some(Self {
            parameters,
            buffers,
            hidden,
            modules: modules?,
        })
    }

    /// Its parameters, the buffers of the `state_dict`, and its modules.
    pub fn children(&self, values: &Values<'_>, steps: &mut usize) -> Vec<(Name, Id)> {
        let all = |part: Option<Id>| part.map_or_else(Vec::new, |part| entries(values, part));
        let hidden = (self.hidden).map_or_else(HashSet::new, |set| names_in_set(values, set));
        let mut buffers = all(self.buffers);
        *steps += hidden.len() + buffers.len();
        buffers.retain(|(name, _)| match name {
            Name::Key(key) => (values.text(*key)).is_none_or(|name| !hidden.contains(name)),
            Name::Index(_) => true,
        });
        let mut children = all(self.parameters);
        children.append(&mut buffers);
        children.append(&mut all(Some(self.modules)));
        children
    }
}

/// The texts in a set: of the newer protocols a value of its own, before that made from a list.
fn names_in_set<'a>(values: &Values<'a>, id: Id) -> HashSet<&'a str> {
    let items = match values.get(id) {
        Value::Set(items) => items,
        Value::Object(set) => match values.sequence(set.arguments) {
            Some(&[list]) => values.sequence(list).unwrap_or_default(),
            _ => &[],
        },
        _ => &[],
    };
    items.iter().filter_map(|&item| values.text(item)).collect()
}
