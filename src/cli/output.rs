//! What goes to standard output, and what gives way to JSON there.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use serde::Serialize;
use terminal_size::terminal_size_of;
use torch_twin::printable;

/// Standard output, for people or, with `--json`, for programs.
pub struct StandardOutput {
    is_json: bool,
}

impl StandardOutput {
    pub fn new(is_json: bool) -> Self {
        Self { is_json }
    }

    /// Whether standard output is for programs.
    pub fn is_json(&self) -> bool {
        self.is_json
    }

    /// Characters that a line for people may have: as many as the terminal has columns, else as
    /// COLUMNS says; none where neither tells, as in a file.
    pub fn width(&self) -> Option<usize> {
        let terminal = match self.is_json {
            true => terminal_size_of(io::stderr()),
            false => terminal_size_of(io::stdout()),
        };
        match terminal {
            Some((columns, _)) => Some(columns.0.into()),
            None => env::var("COLUMNS").ok()?.parse().ok(),
        }
    }

    /// Whether text for people may have colours: on a terminal whose user wants them.
    pub fn is_in_colour(&self) -> bool {
        let is_terminal = match self.is_json {
            true => io::stderr().is_terminal(),
            false => io::stdout().is_terminal(),
        };
        is_terminal && colours_are_welcome()
    }

    /// Writes text for people; with `--json` it goes to standard error.
    pub fn text(&self, text: &str) -> io::Result<()> {
        if self.is_json {
            say!("{text}");
            return Ok(());
        }
        writeln!(io::stdout(), "{text}")
    }

    /// Writes a line of JSON, if it was asked for.
    pub fn json(&self, value: &impl Serialize) -> io::Result<()> {
        if !self.is_json {
            return Ok(());
        }
        let line = serde_json::to_string(value)?;
        writeln!(io::stdout(), "{line}")
    }
}

/// Whether colours may be used in a terminal: see <https://no-color.org>.
fn colours_are_welcome() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    !is_set("NO_COLOR") && !is_dumb
}

/// A paragraph in lines of at most `width` characters, broken between words; those after the first
/// are indented as far as the first is, and further by the mark of an item.
pub fn wrapped(text: &str, width: Option<usize>) -> String {
    let Some(width) = width else {
        return text.to_owned();
    };
    // A number stays with its sign.
    let text = text.replace(" %", "\u{a0}%");
    let indent = text.len() - text.trim_start_matches([' ', '-']).len();
    let (mut lines, mut line) = (String::new(), text[..indent].to_owned());
    for word in text[indent..].split(' ') {
        let is_first = line.len() == indent;
        let length = line.chars().count() + word.chars().count() + usize::from(!is_first);
        if length > width && !is_first {
            lines += &line;
            lines.push('\n');
            line = " ".repeat(indent);
        } else if !is_first {
            line.push(' ');
        }
        line += word;
    }
    lines + &line
}

/// A number with a comma after each three digits.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A path for people; what would command the terminal is escaped.
pub fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy())
}

/// The words that this process was started with.
pub fn own_command_line() -> Vec<String> {
    let words = env::args_os();
    words
        .map(|word| word.to_string_lossy().into_owned())
        .collect()
}
