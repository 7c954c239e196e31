//! What goes to standard output, and what gives way to JSON there.

use std::io::{self, Write};
use std::path::Path;

use comfy_table::{CellAlignment, LineStyle, Row, Table, TableStyle};
use serde::Serialize;
use torch_twin::printable;
use torch_twin::weights::Conversion;

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

/// A table with a line above, below the header and below; numbers stand at the right.
pub fn table(header: impl Into<Row>, numbers: impl IntoIterator<Item = usize>) -> Table {
    let line = LineStyle::none().fill('─').junction('─');
    let style = TableStyle::new()
        .top_border(line)
        .header_separator(line)
        .bottom_border(line);
    let mut table = Table::new();
    table.load_style(style);
    table.set_header(header);
    for index in numbers {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Says what was converted to make the weights in `path` fit.
pub fn print_conversions(path: &Path, conversions: &[Conversion]) {
    for conversion in conversions {
        say!("note: {}: {conversion}", shown(path));
    }
}

/// A path for people; what would command the terminal is escaped.
pub fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy())
}
