//! What a run came to, to look at: its curves, its confusion matrix, its worst mistakes, and a page
//! with all of it and the settings.

mod figures;
mod page;
mod run_report;

pub use run_report::ReportError;
pub use run_report::RunReport;
