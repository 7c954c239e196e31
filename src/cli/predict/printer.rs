use std::path::PathBuf;

use lenet5::picture::{Bounds, Digit, SIDE};
use serde::Serialize;

use super::super::drawing;
use super::super::output::{StandardOutput, shown};
use super::answer::{Answer, Guess};

/// What `--json` prints for a picture.
#[derive(Serialize)]
struct Report<'answer> {
    file: String,
    /// The first digit, and what is known of it.
    digit: usize,
    probability: f32,
    logits: &'answer [f32],
    /// All digits, from left to right.
    text: String,
    digits: Vec<DigitReport<'answer>>,
    unsure: bool,
}

#[derive(Serialize)]
struct DigitReport<'answer> {
    digit: usize,
    probability: f32,
    /// Left, top, width and height in the picture's pixels.
    #[serde(rename = "box")]
    bounds: [u32; 4],
    logits: &'answer [f32],
}

/// Prints answers, one below the other.
pub struct Printer {
    output: StandardOutput,
    width: usize,
    show: bool,
    in_colour: bool,
}

impl Printer {
    pub fn new(is_json: bool, show: bool, paths: &[PathBuf]) -> Self {
        let widths = paths.iter().map(|path| shown(path).chars().count());
        let output = StandardOutput::new(is_json);
        Self {
            in_colour: output.is_in_colour(),
            output,
            width: widths.max().unwrap_or(0),
            show,
        }
    }

    pub fn print(&self, answers: &[Answer]) -> anyhow::Result<()> {
        for answer in answers {
            self.print_one(answer)?;
        }
        Ok(())
    }

    fn print_one(&self, answer: &Answer) -> anyhow::Result<()> {
        if !self.output.is_json() {
            let path = shown(&answer.path);
            let unsure = if answer.is_unsure() { "   unsure" } else { "" };
            let (text, words) = (answer.text(), words(&answer.digits));
            let width = self.width;
            self.output
                .text(&format!("{path:<width$}  {text}  {words}{unsure}"))?;
        }
        if self.show {
            for guess in &answer.digits {
                let drawn = drawing::draw(&seen(&guess.digit), self.in_colour);
                self.output.text(&drawn)?;
            }
        }
        for first in answer.digits.iter().take(1) {
            self.output.json(&report(answer, first))?;
        }
        Ok(())
    }
}

/// How likely the digits are, and for a single one which others it could be.
fn words(digits: &[Guess]) -> String {
    if let [digit] = digits {
        let others = digit.ranking().into_iter().skip(1).take(2);
        let others =
            others.map(|class| format!("{class} {:5.2}%", 100.0 * digit.probabilities[class]));
        let others: Vec<_> = others.collect();
        return format!(
            "{:6.2}%   then {}",
            100.0 * digit.probability(),
            others.join(", ")
        );
    }
    let each = |digit: &Guess| format!("{} {:6.2}%", digit.class, 100.0 * digit.probability());
    digits.iter().map(each).collect::<Vec<_>>().join(", ")
}

fn report<'answer>(answer: &'answer Answer, first: &'answer Guess) -> Report<'answer> {
    let digit = |guess: &'answer Guess| {
        let Bounds {
            left,
            top,
            width,
            height,
        } = guess.digit.bounds();
        DigitReport {
            digit: guess.class,
            probability: guess.probability(),
            bounds: [left, top, width, height],
            logits: &guess.logits,
        }
    };
    Report {
        file: answer.path.to_string_lossy().into_owned(),
        digit: first.class,
        probability: first.probability(),
        logits: &first.logits,
        text: answer.text(),
        digits: answer.digits.iter().map(digit).collect(),
        unsure: answer.is_unsure(),
    }
}

/// Rows of what the network saw, beside what was cut out, if that is something else.
fn seen(digit: &Digit) -> Vec<Vec<u8>> {
    const GAP: usize = 2;
    let side = SIDE as usize;
    let rows = digit.pixels().chunks(side);
    let cutting = digit.cutting();
    if cutting.as_raw() == digit.pixels() {
        return rows.map(<[u8]>::to_vec).collect();
    }
    let (width, height) = (cutting.width() as usize, cutting.height() as usize);
    let (left, top) = ((side - width) / 2, (side - height) / 2);
    let mut beside = vec![vec![0; side + GAP]; side];
    for (row, line) in cutting.as_raw().chunks(width).zip(&mut beside[top..]) {
        line[left..left + width].copy_from_slice(row);
    }
    beside
        .into_iter()
        .zip(rows)
        .map(|(row, seen)| [row, seen.to_vec()].concat())
        .collect()
}
