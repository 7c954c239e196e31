//! Tables that fit the terminal.

use comfy_table::{CellAlignment, ColumnConstraint, LineStyle, TableStyle, Width};

/// The space at both sides of a column, and that between two.
const PADDING: usize = 2;
const GAP: usize = 1;

/// Text is not wrapped to less than this while a column can go instead.
const COMFORTABLE: usize = 20;

/// A table with a line above, below the header and below.
///
/// Where it is too wide, text is wrapped; where that is not enough, columns go, the least important
/// first, and a line below says which. Numbers stay whole.
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

/// A column of a [`Table`].
pub struct Column {
    header: String,
    is_whole: bool,
    alignment: CellAlignment,
    /// The columns with lower turns go first; without a turn it stays.
    turn_to_go: Option<usize>,
}

impl Column {
    /// A column of text.
    pub fn text(header: impl Into<String>) -> Self {
        Self {
            header: header.into(),
            is_whole: false,
            alignment: CellAlignment::Left,
            turn_to_go: None,
        }
    }

    /// A column of text that is never wrapped.
    pub fn whole(header: impl Into<String>) -> Self {
        Self {
            is_whole: true,
            ..Self::text(header)
        }
    }

    /// A column of numbers, which stand at the right.
    pub fn number(header: impl Into<String>) -> Self {
        Self {
            alignment: CellAlignment::Right,
            ..Self::whole(header)
        }
    }

    /// Lets the column go where the table is too wide, after those with lower turns.
    pub fn goes(self, turn: usize) -> Self {
        Self {
            turn_to_go: Some(turn),
            ..self
        }
    }
}

impl Table {
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self {
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
        }
    }

    pub fn add_row(&mut self, row: impl IntoIterator<Item = String>) {
        self.rows.push(row.into_iter().collect());
    }

    /// How wide the table is with all its columns, and nothing wrapped.
    pub fn natural_width(&self) -> usize {
        total(&self.columns_by(Self::natural))
    }

    /// The table in at most `width` characters a line, where that is possible; as wide as it is
    /// where there is no width to fit.
    pub fn fitted(&self, width: Option<usize>) -> String {
        let mut shown: Vec<usize> = (0..self.columns.len()).collect();
        let least = self.columns_by(Self::comfortable);
        let mut left_out = Vec::new();
        while let Some(width) = width
            && total(&pick(&least, &shown)) > width
            && let Some(place) = self.next_to_go(&shown)
        {
            left_out.push(shown.remove(place));
        }
        let natural = pick(&self.columns_by(Self::natural), &shown);
        let widths = match width {
            None => natural,
            Some(width) => shrunk(natural, &pick(&self.columns_by(Self::least), &shown), width),
        };
        let table = self.drawn(&shown, &widths);
        let Some(width) = width.filter(|_| !left_out.is_empty()) else {
            return table;
        };
        left_out.sort_unstable();
        let headers = left_out
            .iter()
            .map(|&index| self.columns[index].header.as_str());
        let note = format!(
            "Left out at {width} columns, and shown where there are {}: {}",
            self.natural_width(),
            headers.collect::<Vec<_>>().join("; ")
        );
        format!("{table}\n{}", super::output::wrapped(&note, Some(width)))
    }

    /// The place in `shown` of the column that goes next.
    fn next_to_go(&self, shown: &[usize]) -> Option<usize> {
        let turns = shown.iter().enumerate();
        let turns =
            turns.filter_map(|(place, &index)| Some((self.columns[index].turn_to_go?, place)));
        turns.min().map(|(_, place)| place)
    }

    fn drawn(&self, shown: &[usize], widths: &[usize]) -> String {
        let line = LineStyle::none().fill('─').junction('─');
        let style = TableStyle::new()
            .top_border(line)
            .header_separator(line)
            .bottom_border(line);
        let mut table = comfy_table::Table::new();
        table.load_style(style);
        table.set_header(shown.iter().map(|&index| &self.columns[index].header));
        for row in &self.rows {
            table.add_row(shown.iter().map(|&index| &row[index]));
        }
        for ((&index, &width), column) in shown.iter().zip(widths).zip(table.column_iter_mut()) {
            let width = u16::try_from(width + PADDING).unwrap_or(u16::MAX);
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
            column.set_cell_alignment(self.columns[index].alignment);
        }
        table.to_string()
    }

    fn columns_by(&self, width: fn(&Self, usize) -> usize) -> Vec<usize> {
        let columns = 0..self.columns.len();
        columns.map(|index| width(self, index)).collect()
    }

    /// The width of a column with nothing wrapped.
    fn natural(&self, index: usize) -> usize {
        let cells = self.cells(index).map(length);
        cells
            .chain([length(&self.columns[index].header)])
            .max()
            .unwrap_or(0)
    }

    /// The width of a column whose text is wrapped as far as it is read well.
    fn comfortable(&self, index: usize) -> usize {
        let narrow = self.natural(index).min(COMFORTABLE);
        match self.columns[index].is_whole {
            true => self.least(index),
            false => self.least(index).max(narrow),
        }
    }

    /// The width of a column whose text is wrapped at each word.
    fn least(&self, index: usize) -> usize {
        let column = &self.columns[index];
        let cells = self.cells(index).map(|cell| match column.is_whole {
            true => length(cell),
            false => longest_word(cell),
        });
        cells
            .chain([longest_word(&column.header)])
            .max()
            .unwrap_or(0)
    }

    fn cells(&self, index: usize) -> impl Iterator<Item = &str> {
        self.rows.iter().map(move |row| row[index].as_str())
    }
}

/// `widths`, of which the widest are made narrower, down to `least`, until all fit into `width`.
fn shrunk(mut widths: Vec<usize>, least: &[usize], width: usize) -> Vec<usize> {
    while total(&widths) > width {
        let wider = (0..widths.len()).filter(|&index| widths[index] > least[index]);
        let Some(widest) = wider.max_by_key(|&index| widths[index]) else {
            break;
        };
        widths[widest] -= 1;
    }
    widths
}

fn pick(widths: &[usize], shown: &[usize]) -> Vec<usize> {
    shown.iter().map(|&index| widths[index]).collect()
}

fn total(widths: &[usize]) -> usize {
    let columns = widths.iter().map(|width| width + PADDING + GAP);
    columns.sum::<usize>().saturating_sub(GAP)
}

fn length(text: &str) -> usize {
    text.chars().count()
}

fn longest_word(text: &str) -> usize {
    text.split(' ').map(length).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new([
            Column::text("name"),
            Column::text("what it does").goes(2),
            Column::number("how many").goes(1),
            Column::number("cost"),
        ]);
        let row = ["first", "turns left and then right", "1,234,567", "89"];
        table.add_row(row.map(str::to_owned));
        table
    }

    fn widest(text: &str) -> usize {
        text.lines().map(length).max().unwrap()
    }

    #[test]
    fn at_any_width_that_is_possible_a_table_fits_and_its_numbers_are_whole() {
        let natural = table().natural_width();
        for width in 20..=natural {
            let text = table().fitted(Some(width));
            assert!(widest(&text) <= width, "{width}:\n{text}");
            assert!(text.contains("89") && text.contains("first"));
            let is_noted = text.contains("Left out at");
            assert_eq!(text.contains("1,234,567"), !is_noted, "{width}:\n{text}");
        }
        assert_eq!(widest(&table().fitted(None)), natural);
    }

    #[test]
    fn text_is_wrapped_before_a_column_goes_and_the_least_important_goes_first() {
        assert!(!table().fitted(Some(50)).contains("Left out"));
        let narrow = table().fitted(Some(40));
        assert!(narrow.contains("how many") && narrow.contains("turns"));
        assert!(!narrow.contains("1,234,567"), "{narrow}");
    }
}
