//! Digits drawn in a terminal.

use std::fmt::Write;

/// Rows of levels of grey: two in a line of half blocks in colour, or else one in a line of plain
/// characters.
pub fn draw(rows: &[Vec<u8>], in_colour: bool) -> String {
    let lines: Vec<String> = match in_colour {
        true => {
            let grey = |row: &Vec<u8>| row.iter().map(|&level| [level; 3]).collect();
            half_blocks(&rows.iter().map(grey).collect::<Vec<_>>())
        }
        false => rows.iter().map(|row| characters(row)).collect(),
    };
    lines.join("\n")
}

/// Rows of colours, two in one line: the upper half of a block has the text's colour, the lower half
/// the background's.
pub fn half_blocks(rows: &[Vec<[u8; 3]>]) -> Vec<String> {
    let line = |pair: &[Vec<[u8; 3]>]| {
        let mut line = String::new();
        for (place, [red, green, blue]) in pair[0].iter().enumerate() {
            // Writing into a string cannot fail.
            let _ = write!(line, "\x1b[38;2;{red};{green};{blue}m");
            if let Some([red, green, blue]) = pair.get(1).map(|lower| lower[place]) {
                let _ = write!(line, "\x1b[48;2;{red};{green};{blue}m");
            }
            line.push('▀');
        }
        line + "\x1b[0m"
    };
    rows.chunks(2).map(line).collect()
}

/// Rows of values from -1 to 1, two in one line, as characters: the farther from zero, the more ink,
/// and other ones below zero than above.
pub fn signed_characters(rows: &[Vec<f32>]) -> Vec<String> {
    let line = |pair: &[Vec<f32>]| {
        let mean =
            |place| pair.iter().map(|row: &Vec<f32>| row[place]).sum::<f32>() / pair.len() as f32;
        (0..pair[0].len())
            .map(|place| signed_character(mean(place)))
            .collect()
    };
    rows.chunks(2).map(line).collect()
}

/// How values above zero and below are drawn, from small to large.
pub const ABOVE_ZERO: [char; 5] = [' ', ':', '+', '#', '@'];
pub const BELOW_ZERO: [char; 5] = [' ', '-', '=', '≡', '■'];

fn signed_character(value: f32) -> char {
    let inks = if value < 0.0 { BELOW_ZERO } else { ABOVE_ZERO };
    inks[((value.abs() * inks.len() as f32) as usize).min(inks.len() - 1)]
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
    fn without_colour_sign_and_size_can_be_told() {
        let rows = [
            vec![-1.0, -0.5, 0.0, 0.5, 1.0],
            vec![-1.0, -0.5, 0.0, 0.5, 1.0],
        ];
        assert_eq!(signed_characters(&rows), ["■= +@"]);
        assert_eq!(
            half_blocks(&[vec![[1, 2, 3]]]),
            ["\x1b[38;2;1;2;3m▀\x1b[0m"]
        );
    }

    #[test]
    fn in_colour_two_rows_share_a_line_of_half_blocks() {
        let mut rows = vec![vec![0; 28]; 28];
        rows[0][0] = 255;
        rows[1][0] = 128;
        let drawn = draw(&rows, true);
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
