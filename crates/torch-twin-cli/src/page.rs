//! The report as one page for the browser, which asks for nothing else.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Serialize;
use torch_twin_trace::atomic_file;
use torch_twin_trace::diff::Document;

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

/// Writes the page of `document`, whose sides are in the files `sides`; over a file that is there only if `is_forced`.
pub fn write(
    path: &Path,
    document: &Document<'_>,
    sides: [&PathBuf; 2],
    is_forced: bool,
) -> anyhow::Result<()> {
    let place = |path: &Path| path.canonicalize().ok();
    if let Some(target) = place(path)
        && sides
            .into_iter()
            .any(|side| place(side).as_ref() == Some(&target))
    {
        bail!("is one of the two sides; name another file for the page");
    }
    if !is_forced && path.symlink_metadata().is_ok() {
        bail!("is there already; name another file, or overwrite it with --force");
    }
    atomic_file::write(path, &html(document)?).context("cannot be written")
}

fn html(report: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let script = format!("<script>\n\"use strict\";\n{}</script>", SCRIPTS.concat());
    let page = TEMPLATE
        .replace(STYLE_LINE, &format!("<style>\n{STYLE}</style>"))
        .replace(SCRIPT_LINE, &script);
    let (before, after) = page.split_once(REPORT_LINE).unwrap_or((&page, ""));
    let mut html = Vec::from(before);
    html.extend(br#"<script type="application/json" id="report">"#);
    serde_json::to_writer(Escaped(&mut html), report)?;
    html.extend(b"</script>");
    html.extend(after.as_bytes());
    Ok(html)
}

/// Writes JSON so that nothing that a file or a stage is called ends the element around it.
struct Escaped<'a>(&'a mut Vec<u8>);

impl io::Write for Escaped<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for &byte in bytes {
            match byte {
                b'<' => self.0.extend(br"\u003c"),
                byte => self.0.push(byte),
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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
        let name = "</script><script>alert(1)</script>";
        let page = String::from_utf8(html(&[name]).unwrap()).unwrap();
        assert_eq!(page.matches("</script>").count(), 2);
        assert!(page.contains(r"\u003c/script>\u003cscript>alert(1)"));
    }
}
