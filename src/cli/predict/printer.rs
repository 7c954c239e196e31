use std::io;

use lenet5::picture::{Bounds, Digit, SIDE};
use serde::Serialize;

use super::answer::Score;
use super::answer::{Answer, Guess};
use super::sources::Source;
use crate::cli::drawing;
use crate::cli::output::StandardOutput;

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
    /// The class whose folder the picture is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    truth: Option<String>,
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

/// What `--csv` prints for a picture.
#[derive(Serialize)]
struct Row {
    file: String,
    text: String,
    /// That of the least likely digit.
    probability: f32,
    unsure: bool,
    truth: Option<String>,
}

/// How answers are printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Text { show: bool },
    Json { show: bool },
    Csv,
}

/// Prints answers, one below the other.
pub struct Printer {
    output: StandardOutput,
    table: Option<csv::Writer<io::Stdout>>,
    names: Vec<String>,
    width: usize,
    show: bool,
    in_colour: bool,
    score: Score,
}

impl Printer {
    /// Prints in this form, calling the classes by `names`.
    pub fn new(form: Form, names: Vec<String>, sources: &[Source]) -> Self {
        let widths = sources.iter().map(|source| source.shown().chars().count());
        let output = StandardOutput::new(!matches!(form, Form::Text { .. }));
        Self {
            in_colour: output.is_in_colour(),
            output,
            table: (form == Form::Csv).then(|| csv::Writer::from_writer(io::stdout())),
            score: Score::new(names.len()),
            names,
            width: widths.max().unwrap_or(0),
            show: matches!(form, Form::Text { show: true } | Form::Json { show: true }),
        }
    }

    pub fn print(&mut self, answers: &[Answer]) -> anyhow::Result<()> {
        for answer in answers {
            self.score.add(answer);
            self.print_one(answer)?;
        }
        if let Some(table) = &mut self.table {
            table.flush()?;
        }
        Ok(())
    }

    /// Prints how right the answers are, where that is known.
    pub fn finish(&self) -> io::Result<()> {
        if self.score.is_empty() {
            return Ok(());
        }
        let text = self.score.text(&self.names, self.output.width());
        self.output.text(&text)?;
        match &self.table {
            Some(_) => Ok(()),
            None => self.output.json(&self.score),
        }
    }

    fn print_one(&mut self, answer: &Answer) -> anyhow::Result<()> {
        let truth = answer.source.truth.map(|truth| self.names[truth].clone());
        if let Some(table) = &mut self.table {
            let probabilities = answer.digits.iter().map(Guess::probability);
            table.serialize(Row {
                file: answer.source.name(),
                text: answer.text(&self.names),
                probability: probabilities.fold(1.0, f32::min),
                unsure: answer.is_unsure(),
                truth,
            })?;
            return Ok(());
        }
        if !self.output.is_json() {
            let path = answer.source.shown();
            let unsure = if answer.is_unsure() { "   unsure" } else { "" };
            let text = answer.text(&self.names);
            let (words, width) = (self.words(&answer.digits), self.width);
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
            self.output
                .json(&report(answer, first, &self.names, truth.clone()))?;
        }
        Ok(())
    }

    /// How likely the digits are, and for a single one which others it could be.
    fn words(&self, digits: &[Guess]) -> String {
        let name = |class: usize| &self.names[class];
        if let [digit] = digits {
            let others = digit.ranking().into_iter().skip(1).take(2);
            let others = others.map(|class| {
                let percent = 100.0 * digit.probabilities[class];
                format!("{} {percent:5.2}%", name(class))
            });
            let others: Vec<_> = others.collect();
            return format!(
                "{:6.2}%   then {}",
                100.0 * digit.probability(),
                others.join(", ")
            );
        }
        let each =
            |digit: &Guess| format!("{} {:6.2}%", name(digit.class), 100.0 * digit.probability());
        digits.iter().map(each).collect::<Vec<_>>().join(", ")
    }
}

fn report<'answer>(
    answer: &'answer Answer,
    first: &'answer Guess,
    names: &[String],
    truth: Option<String>,
) -> Report<'answer> {
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
        file: answer.source.name(),
        digit: first.class,
        probability: first.probability(),
        logits: &first.logits,
        text: answer.text(names),
        digits: answer.digits.iter().map(digit).collect(),
        unsure: answer.is_unsure(),
        truth,
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
