//! The report as one page for the browser, which asks for nothing else.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use torch_twin::atomic_file;
use torch_twin::diff::Document;

const TEMPLATE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/style.css");

/// The parts of the script, each of which takes what the ones before it define.
const SCRIPTS: [&str; 5] = [
    include_str!("page/elements.js"),
    include_str!("page/charts.js"),
    include_str!("page/details.js"),
    include_str!("page/tree.js"),
    include_str!("page/main.js"),
];

/// The lines of the template in whose place its parts are put.
const STYLE_LINE: &str = r#"<link rel="stylesheet" href="style.css" />"#;
const SCRIPT_LINE: &str = r#"<script src="script.js"></script>"#;
const REPORT_LINE: &str = r#"<script type="application/json" id="report"></script>"#;

/// Writes the page of `document`, whose sides are in the files `sides`.
pub fn write(path: &Path, document: &Document<'_>, sides: [&PathBuf; 2]) -> anyhow::Result<()> {
    let place = |path: &Path| path.canonicalize().ok();
    if let Some(target) = place(path)
        && sides
            .into_iter()
            .any(|side| place(side).as_ref() == Some(&target))
    {
        bail!("is one of the two sides; name another file for the page");
    }
    let page = html(&serde_json::to_string(document)?);
    atomic_file::write(path, page.as_bytes()).context("cannot be written")
}

fn html(report: &str) -> String {
    // Nothing that a file or a stage is called ends the element.
    let report = report.replace('<', "\\u003c");
    let script = format!("<script>\n\"use strict\";\n{}</script>", SCRIPTS.concat());
    let report = format!(r#"<script type="application/json" id="report">{report}</script>"#);
    TEMPLATE
        .replace(STYLE_LINE, &format!("<style>\n{STYLE}</style>"))
        .replace(SCRIPT_LINE, &script)
        .replace(REPORT_LINE, &report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_has_one_place_for_each_part() {
        for line in [STYLE_LINE, SCRIPT_LINE, REPORT_LINE] {
            assert_eq!(TEMPLATE.matches(line).count(), 1, "{line}");
        }
    }

    #[test]
    fn no_name_in_a_report_ends_its_element() {
        let page = html(r#"{"name":"</script><script>alert(1)</script>"}"#);
        assert_eq!(page.matches("</script>").count(), 2);
        assert!(page.contains(r"\u003c/script>\u003cscript>alert(1)"));
    }
}
