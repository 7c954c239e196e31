//! Digits drawn in a terminal.

use std::fmt::Write;

use lenet5::picture::SIDE;

/// Whether colours may be used in a terminal: see <https://no-color.org>.
pub fn colours_are_welcome() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    !is_set("NO_COLOR") && !is_dumb
}

/// A digit of 28×28 pixels: in 14 lines of half blocks in levels of grey, or else in 28 lines of plain
/// characters.
pub fn draw(pixels: &[u8], in_colour: bool) -> String {
    let rows: Vec<&[u8]> = pixels.chunks(SIDE as usize).collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_colour_two_rows_share_a_line_of_half_blocks() {
        let mut pixels = [0; 28 * 28];
        pixels[0] = 255;
        pixels[28] = 128;
        let drawn = draw(&pixels, true);
        let lines: Vec<&str> = drawn.lines().collect();
        assert_eq!(lines.len(), 14);
        assert!(
            lines[0].starts_with("\x1b[38;2;255;255;255m\x1b[48;2;128;128;128m▀\x1b[38;2;0;0;0m")
        );
        assert!(
            lines
                .iter()
                .all(|line| line.matches('▀').count() == 28 && line.ends_with("\x1b[0m"))
        );
    }
}
