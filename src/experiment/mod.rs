//! The experiment that compares the variants: each trained from several seeds, and what came out
//! as a table, as figures by epoch and as a plot.

mod error;
mod finished_seeds;
mod plot;
mod report;
mod run;

pub use error::ExperimentError;
pub use finished_seeds::FinishedSeeds;
pub use plot::charts;
pub use report::{COLUMNS, csv, markdown, note, recipe, row};
pub use run::{Epoch, SeedResult, VariantResult, run_seed};
