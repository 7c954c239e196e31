//! The table of stages.

use std::collections::HashSet;

use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width,
};

use super::{Outcome, Report, Row};
use crate::printable;
use crate::trace::{Kind, Stage};

/// Without `--all`, differing stages that have a line of their own.
const SHOWN: usize = 10;

/// Without `--all`, lines from which on modules are not told apart.
const MOST: usize = 1000;

/// The column of names, and the least width that it has.
const STAGE: usize = 1;
const NARROWEST: u16 = 16;

/// The columns in which numbers stand.
const NUMBERS: std::ops::Range<usize> = 3..6;

/// Lines of the table.
enum Line<'a> {
    Stage(&'a Row),
    /// Stages that follow one another.
    Sum {
        step: u64,
        what: String,
        differing: usize,
        count: usize,
    },
}

/// All stages; unless `is_all`, what is equal is summed up by module and by step, and so is what differs after
/// the first few.
pub fn stages(report: &Report, is_all: bool, width: Option<u16>) -> String {
    let style = LineStyle::none().fill('─').junction('─');
    let mut table = Table::new();
    table.load_style(
        TableStyle::new()
            .top_border(style)
            .header_separator(style)
            .bottom_border(style),
    );
    table.set_header(["step", "stage", "shape", "differing", "largest", "ULP", ""]);
    for line in lines(&report.rows, is_all) {
        table.add_row(line.cells());
    }
    for (place, column) in table.column_iter_mut().enumerate() {
        if NUMBERS.contains(&place) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        // Where the table is too wide, names are wrapped, and numbers are not.
        column.set_constraint(match (place, width) {
            (0, _) if !report.has_steps => ColumnConstraint::Hidden,
            (STAGE, _) => ColumnConstraint::LowerBoundary(Width::Fixed(NARROWEST)),
            (place, Some(width)) if width < room_for(place) => ColumnConstraint::Hidden,
            _ => ColumnConstraint::ContentWidth,
        });
    }
    if let Some(width) = width {
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
    }
    table.trim_fmt()
}

/// The width of a terminal from which on a column is shown: shapes go first, then counts, then differences.
fn room_for(column: usize) -> u16 {
    match column {
        2 => 90,
        3 => 78,
        4 => 58,
        _ => 0,
    }
}

fn lines(rows: &[Row], is_all: bool) -> Vec<Line<'_>> {
    // Steps in which stages have a line of their own are summed up by module, all others as a whole.
    let differing = rows.iter().filter(|row| !row.is_equal).take(SHOWN);
    let detailed: HashSet<u64> = differing.map(|row| row.stage.step).collect();
    let (mut lines, mut shown) = (Vec::new(), 0);
    for row in rows {
        if is_all || (!row.is_equal && shown < SHOWN) {
            lines.push(Line::Stage(row));
            shown += 1;
            continue;
        }
        let step = row.stage.step;
        let what = match detailed.contains(&step) {
            true if lines.len() < MOST => group(&row.stage),
            true => "other stages".to_owned(),
            false => "all stages".to_owned(),
        };
        let is_differing = usize::from(!row.is_equal);
        match lines.last_mut() {
            Some(Line::Sum {
                step: of,
                what: sum,
                differing,
                count,
            }) if (*of, &*sum) == (step, &what) => {
                *differing += is_differing;
                *count += 1;
            }
            _ => lines.push(Line::Sum {
                step,
                what,
                differing: is_differing,
                count: 1,
            }),
        }
    }
    lines
}

/// What a stage is summed up with: the module of the network that it is in, or others of its kind.
fn group(stage: &Stage) -> String {
    match stage.kind {
        Kind::Input | Kind::Output => match stage.name.split('.').next() {
            None | Some("") => "the network".to_owned(),
            Some(module) => printable(module),
        },
        Kind::Weight => "weights".to_owned(),
        Kind::Loss => "loss".to_owned(),
        Kind::Gradient => "gradients".to_owned(),
        Kind::Optimizer => "optimizer state".to_owned(),
    }
}

impl Line<'_> {
    fn cells(&self) -> [String; 7] {
        match self {
            Self::Stage(row) => cells(row),
            Self::Sum {
                step,
                what,
                differing,
                count,
            } => {
                let stages = if *count == 1 { "stage" } else { "stages" };
                let found = match *differing {
                    0 => "equal".to_owned(),
                    all if all == *count => "DIFFERENT".to_owned(),
                    some => format!("{some} DIFFERENT"),
                };
                let empty = String::new;
                let what = format!("{what} ({count} {stages})");
                [
                    step.to_string(),
                    what,
                    empty(),
                    empty(),
                    empty(),
                    empty(),
                    found,
                ]
            }
        }
    }
}

fn cells(row: &Row) -> [String; 7] {
    let [differing, largest, ulps] = match &row.outcome {
        Outcome::Values(tally) if tally.differing > 0 => [
            format!("{} of {}", tally.differing, tally.count),
            format!("{:.3e}", tally.max_absolute),
            tally.max_ulps().to_string(),
        ],
        Outcome::Values(_) => ["0", "0", "0"].map(str::to_owned),
        _ => [const { String::new() }; 3],
    };
    let found = match (row.only_in(), &row.outcome) {
        (Some(side), _) => format!("ONLY IN {side}"),
        (None, Outcome::Form) => "SHAPE".to_owned(),
        (None, Outcome::Digests(_)) if !row.is_equal => "DIGEST".to_owned(),
        _ if !row.is_equal => "DIFFERENT".to_owned(),
        _ if !row.outcome.is_identical() => "close".to_owned(),
        _ => "equal".to_owned(),
    };
    let step = row.stage.step.to_string();
    [step, name(row), shape(row), differing, largest, ulps, found]
}

fn name(row: &Row) -> String {
    let Stage {
        kind,
        name,
        call,
        index,
        ..
    } = &row.stage;
    let mut text = match (kind, name.as_str()) {
        (Kind::Loss, "loss") => "loss".to_owned(),
        (_, "") => format!("{kind} of the network"),
        (_, name) => format!("{kind} {}", printable(name)),
    };
    if *call > 1 {
        text += &format!(", call {call}");
    }
    if *index > 0 {
        text += &format!(", tensor {index}");
    }
    if let Some(renamed) = &row.renamed {
        text += &format!(" = {}", printable(renamed));
    }
    text
}

fn shape(row: &Row) -> String {
    match (&row.a, &row.b) {
        (Some(a), Some(b)) if a != b => format!("{a} / {b}"),
        (Some(form), _) | (None, Some(form)) => form.to_string(),
        (None, None) => String::new(),
    }
}
