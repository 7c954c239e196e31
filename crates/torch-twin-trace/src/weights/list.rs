use std::fmt::Write;

/// A list for people: the first few, and how many more there are.
#[derive(Default)]
pub struct List {
    shown: Vec<String>,
    more: usize,
}

impl List {
    /// One more.
    pub fn push(&mut self, shown: String) {
        const SHOWN: usize = 8;
        match self.shown.len() {
            SHOWN => self.more += 1,
            _ => self.shown.push(shown),
        }
    }

    /// As many more, whose names are not known.
    pub fn more(&mut self, count: usize) {
        self.more += count;
    }

    /// A note that says what of them is the case; none if there are none.
    pub fn note(&self, what: &str) -> Option<String> {
        if self.shown.is_empty() {
            return None;
        }
        let mut note = format!("{what}: {}", self.shown.join(", "));
        if self.more > 0 {
            // Writing into a string cannot fail.
            let _ = write!(note, " and {} more", self.more);
        }
        Some(note)
    }
}
