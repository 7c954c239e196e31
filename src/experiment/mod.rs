//! The experiment that compares the variants: each trained from several seeds, and what came out
//! as a table, as figures by epoch and as a plot.

mod plot;
mod report;
mod result;

pub use plot::charts;
pub use report::{COLUMNS, csv, markdown, note, recipe, row};
pub use result::{SeedRun, VariantResult};
