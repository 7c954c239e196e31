use std::collections::HashSet;

use super::children::{Name, entries};
use crate::weights::pickle::{Id, Value, Values};

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
