/// The files of a run that people look at.
pub struct ReportFiles {
    /// Loss and accuracy by epoch.
    pub curves_svg: String,
    /// The same as PNG.
    pub curves_png: Vec<u8>,
    /// The confusion matrix of the test images.
    pub confusion_png: Vec<u8>,
    /// The worst mistakes among the test images.
    pub mistakes_png: Vec<u8>,
    /// A page with all of it and the settings.
    pub html: String,
}

impl ReportFiles {
    /// Their names in the folder of the run.
    pub(super) const NAMES: [&str; 5] = [
        "curves.svg",
        "curves.png",
        "confusion.png",
        "mistakes.png",
        "report.html",
    ];

    /// The page's name among them.
    pub const PAGE: &str = Self::NAMES[4];

    /// What is in them, in the order of the names.
    pub(super) fn contents(&self) -> [&[u8]; 5] {
        [
            self.curves_svg.as_bytes(),
            &self.curves_png,
            &self.confusion_png,
            &self.mistakes_png,
            self.html.as_bytes(),
        ]
    }
}
