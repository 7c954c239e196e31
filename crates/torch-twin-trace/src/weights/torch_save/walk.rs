use super::children::{Name, children, class_of, is_plain};
use super::tensor::{Leaf, Tensor, leaf};
use crate::printable;
use crate::weights::pickle::{Id, Value, Values};

/// The most bytes that the paths of tensors may have, and the most values that are looked at on the way to them. A
/// file may hold one list a thousand times, a thousand times in another, and so on.
const MAX_PATHS: usize = 64 << 20;
const MAX_STEPS: usize = 1 << 24;

/// What a file holds.
#[derive(Default)]
pub struct Found<'a> {
    /// Tensors, in the order of the file.
    pub tensors: Vec<Entry<Tensor<'a>>>,
    /// Tensors that are not read, and what they are.
    pub unread: Vec<Entry<String>>,
    /// The first objects that are no tensors, and dictionaries and lists of the outermost dictionary without any of
    /// these: what they are.
    pub others: Vec<Entry<String>>,
    /// As many are there beside the first ones.
    pub more: usize,
    /// Module and name of the class of the first object.
    pub class: Option<(&'a str, &'a str)>,
}

/// What is at a path.
pub struct Entry<T> {
    /// The names on the way to it, with points between them.
    pub path: String,
    /// The number of the visit to the value that holds it.
    pub holder: usize,
    pub what: T,
}

/// All that is in the value that a pickle makes.
pub fn find<'a>(values: &Values<'a>) -> Result<Found<'a>, String> {
    let mut walk = Walk {
        values,
        states: vec![State::New; values.len()],
        frames: Vec::new(),
        steps: 0,
        bytes: 0,
        visits: 0,
        found: Found::default(),
    };
    walk.visit(None, values.root())?;
    while let Some(frame) = walk.frames.last_mut() {
        match frame.rest.next() {
            Some((name, child)) => walk.visit(Some(name), child)?,
            None => walk.leave()?,
        }
    }
    Ok(walk.found)
}

/// What is known of a value.
#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    /// On the way to the current one: it lies in itself, and is not visited again.
    Open,
    /// Without tensors, so that it is not visited again.
    Empty,
    /// With tensors.
    Full,
}

/// A value on the way to the current one.
struct Frame {
    id: Id,
    name: Option<Name>,
    visit: usize,
    rest: std::vec::IntoIter<(Name, Id)>,
    /// As many tensors, and as many values to be named, were found before it.
    before: (usize, usize),
}

struct Walk<'v, 'a> {
    values: &'v Values<'a>,
    states: Vec<State>,
    frames: Vec<Frame>,
    steps: usize,
    bytes: usize,
    visits: usize,
    found: Found<'a>,
}

impl<'a> Walk<'_, 'a> {
    fn visit(&mut self, name: Option<Name>, id: Id) -> Result<(), String> {
        let is_scalar = !matches!(
            self.values.get(id),
            Value::Tuple(_) | Value::List(_) | Value::Dict(_) | Value::Object(_)
        );
        if is_scalar || matches!(self.states[id as usize], State::Open | State::Empty) {
            return Ok(());
        }
        if let Some(leaf) = leaf(self.values, id) {
            return self.take(name, leaf);
        }
        let children = children(self.values, id, &mut self.steps);
        if self.steps > MAX_STEPS {
            return Err(format!(
                "its values lie in one another in more than {MAX_STEPS} ways"
            ));
        }
        self.states[id as usize] = State::Open;
        self.visits += 1;
        self.frames.push(Frame {
            id,
            name,
            visit: self.visits,
            rest: children.into_iter(),
            before: self.count(),
        });
        Ok(())
    }

    /// As many tensors, and as many values to be named, as were found.
    fn count(&self) -> (usize, usize) {
        let found = &self.found;
        let named = found.others.len() + found.more;
        (found.tensors.len() + found.unread.len(), named)
    }

    /// Ends the visit to the current value.
    fn leave(&mut self) -> Result<(), String> {
        let count = self.count();
        let Some(Frame {
            id, name, before, ..
        }) = self.frames.pop()
        else {
            return Ok(());
        };
        if count.0 > before.0 {
            self.states[id as usize] = State::Full;
            return Ok(());
        }
        self.states[id as usize] = State::Empty;
        let what = match self.class(id) {
            Some(class) => {
                self.found.class.get_or_insert(class);
                class
            }
            // Plain values are named if they are all of an entry of a checkpoint.
            None if count == before && self.is_checkpoint() => match plain(self.values, id) {
                Some(what) => ("", what),
                None => return Ok(()),
            },
            None => return Ok(()),
        };
        self.name(name, what)
    }

    /// The class of an object that is named where it holds no tensors.
    fn class(&self, id: Id) -> Option<(&'a str, &'a str)> {
        let object = self.values.object(id)?;
        (!is_plain(self.values, id)).then(|| class_of(self.values, object))
    }

    /// Whether the current value is the outermost one, and a dictionary.
    fn is_checkpoint(&self) -> bool {
        let root = self.values.get(self.values.root());
        self.frames.len() == 1 && matches!(root, Value::Dict(_))
    }

    /// Keeps one of the first values to be named, or counts one more.
    fn name(&mut self, name: Option<Name>, class: (&str, &str)) -> Result<(), String> {
        const KEPT: usize = 8;
        if self.found.others.len() == KEPT {
            self.found.more += 1;
            return Ok(());
        }
        let entry = self.entry(name, shown(class))?;
        self.found.others.push(entry);
        Ok(())
    }

    fn take(&mut self, name: Option<Name>, leaf: Result<Leaf<'a>, &str>) -> Result<(), String> {
        match leaf {
            Ok(Leaf::Tensor(tensor)) => {
                let entry = self.entry(name, tensor)?;
                self.found.tensors.push(entry);
            }
            Ok(Leaf::Unread(what)) => {
                let entry = self.entry(name, what)?;
                self.found.unread.push(entry);
            }
            Err(reason) => {
                let entry = self.entry(name, reason)?;
                return Err(format!("{} {reason}", printable(&entry.path)));
            }
        }
        Ok(())
    }

    fn entry<T>(&mut self, name: Option<Name>, what: T) -> Result<Entry<T>, String> {
        let names = self.frames.iter().map(|frame| frame.name).chain([name]);
        let mut path = String::new();
        for name in names.flatten() {
            if !path.is_empty() {
                path.push('.');
            }
            name.write(self.values, &mut path);
            if self.bytes + path.len() > MAX_PATHS {
                return Err(format!("its names have more than {MAX_PATHS} bytes"));
            }
        }
        // With what else is kept of it, and with the time that a deep one takes.
        self.bytes += path.len() + self.frames.len() + 64;
        let holder = self.frames.last().map_or(0, |frame| frame.visit);
        Ok(Entry { path, holder, what })
    }
}

/// Module and name of a class as a note shows them.
pub fn shown(class: (&str, &str)) -> String {
    match class {
        ("", "") => "an object".to_owned(),
        ("", what) => what.to_owned(),
        (module, name) => printable(&format!("{module}.{name}")),
    }
}

/// What a dictionary or a list that is not empty is, in words.
fn plain(values: &Values<'_>, id: Id) -> Option<&'static str> {
    let what = match values.get(id) {
        Value::Dict(_) => "a dict",
        Value::List(_) => "a list",
        Value::Tuple(_) => "a tuple",
        _ => return None,
    };
    let is_empty = values.sequence(id).is_none_or(<[Id]>::is_empty) && values.pairs(id).len() == 0;
    (!is_empty).then_some(what)
}
