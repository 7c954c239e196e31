use serde::Serialize;

use super::contents::Samples;
use super::modules::MODULES;
use super::{PageError, PageNetwork, script};

const TEMPLATE: &str = include_str!("../../page/index.html");

/// The lines of the template in whose place its parts are put, with the style's parts beside.
const STYLES: [(&str, &str); 4] = [
    (
        r#"<link rel="stylesheet" href="style/base.css" />"#,
        include_str!("../../page/style/base.css"),
    ),
    (
        r#"<link rel="stylesheet" href="style/entry.css" />"#,
        include_str!("../../page/style/entry.css"),
    ),
    (
        r#"<link rel="stylesheet" href="style/layers.css" />"#,
        include_str!("../../page/style/layers.css"),
    ),
    (
        r#"<link rel="stylesheet" href="style/arithmetic.css" />"#,
        include_str!("../../page/style/arithmetic.css"),
    ),
];
const CONTENTS_LINE: &str = r#"<script type="application/json" id="contents"></script>"#;
const SCRIPT_LINE: &str = r#"<script type="module" src="main.js"></script>"#;

/// What stands before the contents in a page.
const CONTENTS_START: &str = r#"<script type="application/json" id="contents">"#;

/// What the page's script works on.
#[derive(Serialize)]
struct Contents<'a> {
    networks: &'a [PageNetwork],
    samples: Samples,
}

/// A page that shows `networks`, the first of them at first, as one file that asks for nothing else.
///
/// # Errors
/// What libtorch refuses, too little memory above all.
pub fn html(networks: &[PageNetwork]) -> Result<String, PageError> {
    let contents = serde_json::to_string(&Contents {
        networks,
        samples: Samples::load()?,
    })?;
    // Nothing that a file is called ends the element.
    let contents = contents.replace('<', "\\u003c");
    Ok(assemble(&contents))
}

/// The template with its style, its script, and `contents` to work on.
fn assemble(contents: &str) -> String {
    let script = script::assemble(MODULES);
    let styled = STYLES
        .iter()
        .fold(TEMPLATE.to_owned(), |page, (line, style)| {
            page.replace(line, &format!("<style>\n{style}</style>"))
        });
    styled
        .replace(
            SCRIPT_LINE,
            &format!("<script type=\"module\">\n{script}</script>"),
        )
        .replace(
            CONTENTS_LINE,
            &format!("{CONTENTS_START}{contents}</script>"),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_has_one_place_for_each_part() {
        let styles = STYLES.iter().map(|(line, _)| *line);
        for line in styles.chain([CONTENTS_LINE, SCRIPT_LINE]) {
            assert_eq!(TEMPLATE.matches(line).count(), 1, "{line}");
        }
        assert!(!assemble("{}").contains("stylesheet"));
    }

    #[test]
    fn the_page_in_docs_is_of_these_sources() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/lenet5.html");
        let page = std::fs::read_to_string(path).unwrap();
        let (_, rest) = page.split_once(CONTENTS_START).unwrap();
        let (contents, _) = rest.split_once("</script>").unwrap();
        assert!(page == assemble(contents), "`make page-docs` makes it anew");
    }
}
