use crate::diff::Row;
use crate::trace::Kind;

/// A call of a module, in the order in which calls ended.
pub struct Call<'a> {
    /// The module.
    pub name: &'a str,
    /// Which call of it, from 1 on.
    pub number: u64,
    rows: Vec<&'a Row>,
}

impl<'a> Call<'a> {
    /// The calls of a step, of whose rows these are all.
    pub fn all(rows: &[&'a Row]) -> Vec<Self> {
        let mut calls: Vec<Self> = Vec::new();
        let is_of_call = |row: &&&Row| matches!(row.stage.kind, Kind::Input | Kind::Output);
        for row in rows.iter().filter(is_of_call) {
            let (name, number) = (row.stage.name.as_str(), row.stage.call);
            match calls
                .last_mut()
                .filter(|last| (last.name, last.number) == (name, number))
            {
                Some(last) => last.rows.push(row),
                None => calls.push(Self {
                    name,
                    number,
                    rows: vec![row],
                }),
            }
        }
        calls
    }

    /// Whether both sides have it.
    pub fn is_paired(&self) -> bool {
        self.rows.iter().any(|row| row.is_paired())
    }

    /// The row of the first input or output that is not equal.
    pub fn first_unequal(&self, kind: Kind) -> Option<&'a Row> {
        let mut rows = self.rows.iter().copied();
        rows.find(|row| row.stage.kind == kind && !row.is_equal)
    }

    /// Its inputs, by number.
    pub fn inputs(&self) -> usize {
        let inputs = self.rows.iter();
        inputs.filter(|row| row.stage.kind == Kind::Input).count()
    }

    /// Its inputs and outputs.
    pub fn rows(&self) -> &[&'a Row] {
        &self.rows
    }

    /// Whether what goes in and comes out is equal.
    pub fn is_equal(&self) -> bool {
        self.rows.iter().all(|row| row.is_equal)
    }

    /// The side that has it, where only one does.
    pub fn only_in(&self) -> Option<char> {
        match self.is_paired() {
            true => None,
            false => self.rows.first()?.only_in(),
        }
    }

    /// Whether it may be called by a call of the module `name`.
    pub fn is_inside(&self, name: &str) -> bool {
        is_inside(self.name, name)
    }
}

/// Whether `name` is that of something inside of the module `outer`.
pub fn is_inside(name: &str, outer: &str) -> bool {
    match outer {
        "" => !name.is_empty(),
        outer => name
            .strip_prefix(outer)
            .is_some_and(|rest| rest.starts_with('.')),
    }
}

/// The module that a parameter or buffer belongs to.
pub fn owner(tensor: &str) -> &str {
    tensor.rsplit_once('.').map_or("", |(owner, _)| owner)
}
