//! The numbers by which digits are found in a picture and brought into MNIST's form, step by step. The page's script has
//! them from here, too: a test writes its module `picture/constants.js`.

/// Declares constants, and for the test all of them with their comments.
macro_rules! constants {
    ($($(#[doc = $doc:literal])+ $name:ident: $Type:ty = $value:expr;)*) => {
        $($(#[doc = $doc])+ pub const $name: $Type = $value;)*

        #[cfg(test)]
        const ALL: &[(&[&str], &str, f64)] =
            &[$((&[$($doc),+], stringify!($name), $name as f64)),*];
    };
}

constants! {
    /// Height and width of a digit.
    SIDE: u32 = 28;

    /// Digits are looked for in a copy whose longer side is this at the most.
    WORKING_SIDE: u32 = 256;
    /// Digits that are found there less tall than this, or in a copy scaled down by more than [`COARSE`], are looked
    /// at again in a finer copy of the part where they lie.
    TALL: u32 = 64;
    /// How many times a picture may be scaled down before digits are looked at in a finer copy.
    COARSE: u32 = 3;
    /// That copy's longer side, unless digits were less than [`TALL`] in it: then it is at most [`FINEST_SIDE`].
    FINE_SIDE: u32 = 512;
    /// The longest side of such a copy.
    FINEST_SIDE: u32 = 1024;

    /// Around the picture the paper's level rises or falls by as much as from black to white on a quarter of the way
    /// at the fastest: light does so more slowly, and ink faster.
    STEEPEST_LIGHT: u64 = 4;
    /// The fractions of a level that levels around the picture are counted in.
    LEVEL_FRACTIONS: u64 = 256;

    /// How far ink stands out from the paper at the least, in levels of 255.
    MIN_CONTRAST: usize = 16;
    /// The paper's grain reaches this often as high as its median.
    GRAIN: usize = 5;
    /// Ink reaches this often as high as grain.
    ABOVE_GRAIN: usize = 4;

    /// A sheet takes at least this share of a picture.
    SHEET: f64 = 0.1;
    /// Levels less than this apart look alike.
    VISIBLE: u8 = 16;

    /// How far from a side a point may lie, in shares of the shape's length.
    TOLERANCE: f64 = 0.03;
    /// The share of a shape that has to be as it should, for what a camera bends and blurs.
    SHAPELY: f64 = 0.93;
    /// The least of a sheet that is blank; all of it may be, where a mark is too thin for a small copy, if the sheet
    /// is no longer than [`SHORT`] times its width. A bar is, which is a 1.
    LEAST_BLANK: f64 = 0.85;
    /// The most of a sheet that is blank, if it is longer than [`SHORT`] times its width.
    MOST_BLANK: f64 = 0.9995;
    /// So many times its width a sheet is long that is no bar.
    SHORT: f64 = 2.0;

    /// A line covers at least this share of the picture's width or height, in tenths.
    LONG_LINE: u32 = 9;
    /// A line is thinner than this share of the picture's longer side.
    THIN_LINE: u32 = 40;
    /// A line may lean by one pixel in so many.
    LINE_LEAN: u32 = 4;

    /// The most digits that are read in a picture.
    MAX_DIGITS: usize = 32;
    /// A piece that is smaller than this, compared with the largest, is a speck.
    SPECK: u64 = 32;
    /// So many of the pieces that reach farthest are looked at as frames.
    FRAMES: usize = 4;
    /// The outline of a digit, hollow ones and chalk included, is not so many times as long as the digit: of a
    /// thousand the longest was 12 times.
    TANGLED: f64 = 16.0;
    /// Digits are at least one part in so many of the ink; else they are a chance shape in noise.
    BESIDE: u64 = 4;
    /// More pieces than this, each too large for a speck, are no digits.
    MAX_PIECES: usize = 256;

    /// Levels from this on count as ink.
    INK: u8 = 128;
    /// A hole whose circumference squared is this many times its area is long, as a stroke is: an ellipse or a
    /// rectangle five times as long as wide.
    LONG_STROKE: f64 = 27.0;
    /// A stroke is this many times as wide as the line around it.
    WIDE_STROKE: f64 = 1.5;
    /// More holes of a digit are not looked at; it has two, and twice as many if it is hollow.
    MAX_HOLES: usize = 32;

    /// How far to the right the top of most of MNIST's digits leans at the least, in shares of the height: of the
    /// training digits, one in eight leans less.
    LEAST_SLANT: f64 = -0.2;
    /// The same at the most: one in seven leans more.
    MOST_SLANT: f64 = 0.4;
    /// A digit is not set up by more than this. What leans more, as a dash does, leans for another reason.
    FARTHEST_SLANT: f64 = 0.6;
    /// The fractions of a share that a lean is counted in.
    SLANT_FRACTIONS: i64 = 65_536;
    /// The fractions of a pixel in that.
    PIXEL_FRACTIONS: i64 = 256;

    /// Strokes of a quarter of MNIST's training digits are thinner than this, where the digit is 20 pixels long.
    THINNEST: f64 = 2.1;
    /// The width to which thin ones are brought: between MNIST's median and the upper quarter.
    USUAL: f64 = 2.8;
    /// Strokes of one in fourteen are thicker than this.
    THICKEST: f64 = 3.6;
    /// The width to which thick ones are brought, so that the holes of digits are as wide as in MNIST.
    THICK: f64 = 3.3;
    /// So long a digit is not scaled down any further before its strokes get another width.
    DETAILED: u32 = 160;

    /// The side of the box that MNIST's digits fill in their longer direction.
    BOX: u32 = 20;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As prettier has it.
    fn comment(lines: &[&str]) -> String {
        match lines {
            [line] => format!("/**{line} */\n"),
            _ => {
                let lines: String = lines.iter().map(|line| format!(" *{line}\n")).collect();
                format!("/**\n{lines} */\n")
            }
        }
    }

    #[test]
    fn the_page_has_these_constants() {
        let mut module = "// Written by a test of src/picture/constants.rs.\n".to_owned();
        for (lines, name, value) in ALL {
            module += &format!("\n{}export const {name} = {value};\n", comment(lines));
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/page/picture/constants.js");
        if std::fs::read_to_string(path).is_ok_and(|written| written == module) {
            return;
        }
        std::fs::write(path, module).unwrap();
        panic!("{path} was written anew: commit it, and call `make page-docs`");
    }
}
