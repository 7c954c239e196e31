//! Digits drawn in a terminal.

use std::fmt::Write;

use lenet5::picture::{Digit, SIDE};

/// Whether colours may be used in a terminal: see <https://no-color.org>.
pub fn colours_are_welcome() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    !is_set("NO_COLOR") && !is_dumb
}

/// 28×28 pixels: in 14 lines of half blocks in levels of grey, or else in 28 lines of plain
/// characters.
pub fn draw(digit: &Digit, in_colour: bool) -> String {
    let rows: Vec<&[u8]> = digit.pixels().chunks(SIDE as usize).collect();
    let lines = if in_colour {
        rows.chunks(2).map(half_blocks).collect()
    } else {
        rows.into_iter().map(characters).collect::<Vec<_>>()
    };
    lines.join("\n")
}

/// Two rows in one line: the upper half of a block has the text's colour, the lower half the
/// background's.
fn half_blocks(rows: &[&[u8]]) -> String {
    let mut line = String::new();
    for (upper, lower) in rows[0].iter().zip(rows[1]) {
        // Writing into a string cannot fail.
        let _ = write!(
            line,
            "\x1b[38;2;{upper};{upper};{upper}m\x1b[48;2;{lower};{lower};{lower}m▀"
        );
    }
    line + "\x1b[0m"
}

/// A row as characters of more or less ink; two make a square.
fn characters(row: &[u8]) -> String {
    const INK: &[u8; 10] = b" .:-=+*#%@";
    let character = |&level: &u8| INK[usize::from(level) * (INK.len() - 1) / 255] as char;
    let line: String = row.iter().flat_map(|level| [character(level); 2]).collect();
    line.trim_end().to_owned()
}
