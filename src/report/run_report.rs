use thiserror::Error;
use torch_twin::TorchError;

use super::figures;
use super::page::Page;
use crate::data::Split;
use crate::figure::{Figure, FigureError, Matrix};
use crate::train::{EpochMetrics, Evaluation, ReportFiles, RunRecord};

/// What a run's report is made of.
pub struct RunReport<'a> {
    /// The settings and the result.
    pub record: &'a RunRecord,
    /// What each epoch came to.
    pub metrics: &'a [EpochMetrics],
    /// How the network did on the test images.
    pub evaluation: &'a Evaluation,
    /// The test images.
    pub test: &'a Split,
}

impl RunReport<'_> {
    /// Draws the pictures, and puts them on the page.
    ///
    /// # Errors
    /// What the drawing library and libtorch refuse.
    pub fn files(&self) -> Result<ReportFiles, ReportError> {
        let curves = figures::charts(self.record, self.metrics);
        let matrix = Matrix {
            title: "Confusion matrix of the test images".to_owned(),
            counts: &self.evaluation.confusion,
        };
        let page = Page {
            record: self.record,
            metrics: self.metrics,
            curves_svg: curves.svg()?,
            confusion_png: matrix.png()?,
            mistakes_png: figures::tiles(self.evaluation, self.test)?.png()?,
        };
        Ok(ReportFiles {
            html: page.html(),
            curves_png: curves.png()?,
            curves_svg: page.curves_svg,
            confusion_png: page.confusion_png,
            mistakes_png: page.mistakes_png,
        })
    }
}

/// Why a run cannot be reported on.
#[derive(Debug, Error)]
pub enum ReportError {
    /// A figure cannot be drawn.
    #[error(transparent)]
    Figure(#[from] FigureError),
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}
