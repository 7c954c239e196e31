/// The number of a value among [`Values`].
pub type Id = u32;

/// A value of Python. Other values in it are named by their numbers, so that a file cannot make one that is too deep
/// to be dropped.
pub enum Value<'a> {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
    /// A class or a function: its module and its name.
    Class(&'a str, &'a str),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Set(Vec<Id>),
    /// Keys and values in turn.
    Dict(Vec<Id>),
    /// What the file keeps outside of the pickle, by its description.
    Persistent(Id),
    Object(Box<Object>),
    /// A value of this class whose content does not matter here.
    Other(&'static str),
}

/// An object as its pickle describes it.
pub struct Object {
    /// The class, or the function that makes it.
    pub class: Id,
    /// The tuple of arguments.
    pub arguments: Id,
    /// What BUILD gave it: its attributes.
    pub state: Option<Id>,
    /// Keys and values in turn, of a class that is a dictionary.
    pub items: Vec<Id>,
    /// Of a class that is a list.
    pub appended: Vec<Id>,
}

/// All values of a pickle.
pub struct Values<'a> {
    pub(super) all: Vec<Value<'a>>,
    /// What the file keeps outside of the pickle, in the order of the pickle.
    pub(super) persistent: Vec<Id>,
    pub(super) root: Id,
}

impl<'a> Values<'a> {
    /// The value that the pickle makes.
    pub fn root(&self) -> Id {
        self.root
    }

    /// As many as there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn get(&self, id: Id) -> &Value<'a> {
        &self.all[id as usize]
    }

    /// The descriptions of what the file keeps outside of the pickle.
    pub fn persistent(&self) -> impl Iterator<Item = Id> {
        self.persistent.iter().copied()
    }

    pub fn text(&self, id: Id) -> Option<&'a str> {
        match self.get(id) {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn int(&self, id: Id) -> Option<i64> {
        match self.get(id) {
            Value::Int(int) => Some(*int),
            _ => None,
        }
    }

    /// A number that counts something.
    pub fn count(&self, id: Id) -> Option<u64> {
        u64::try_from(self.int(id)?).ok()
    }

    /// The items of a tuple or a list.
    pub fn sequence(&self, id: Id) -> Option<&[Id]> {
        match self.get(id) {
            Value::Tuple(items) | Value::List(items) => Some(items),
            _ => None,
        }
    }

    pub fn object(&self, id: Id) -> Option<&Object> {
        match self.get(id) {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Module and name of a class; of other values, nothing.
    pub fn class(&self, id: Id) -> (&'a str, &'a str) {
        match self.get(id) {
            Value::Class(module, name) => (module, name),
            // The older files keep the source of a module's class beside it: ('module', class, file, source).
            Value::Persistent(description) => match self.sequence(*description) {
                Some(&[kind, class, ..]) if self.text(kind) == Some("module") => {
                    match self.get(class) {
                        Value::Class(module, name) => (module, name),
                        _ => ("", ""),
                    }
                }
                _ => ("", ""),
            },
            _ => ("", ""),
        }
    }

    /// Keys and values of a dictionary, or of an object whose class is one.
    pub fn pairs(&self, id: Id) -> impl ExactSizeIterator<Item = (Id, Id)> {
        let items: &[Id] = match self.get(id) {
            Value::Dict(items) => items,
            Value::Object(object) => &object.items,
            _ => &[],
        };
        items.as_chunks().0.iter().map(|&[key, value]| (key, value))
    }

    /// What a dictionary has under a key that is a text: of several, the last one, as in Python.
    pub fn item(&self, id: Id, key: &str) -> Option<Id> {
        let named = self
            .pairs(id)
            .filter(|(found, _)| self.text(*found) == Some(key));
        named.last().map(|(_, value)| value)
    }
}
