use serde::Serialize;

use super::answer::Answer;
use crate::cli::confusion::confusion;

/// How right the answers for pictures in folders of classes are.
#[derive(Default, Serialize)]
pub struct Score {
    /// Pictures read as one digit, and that of their folder's class.
    correct: u64,
    total: u64,
    /// Pictures in which several digits were read.
    several: u64,
    /// Counts of the others: a row a true class, a column an answer.
    confusion: Vec<Vec<u64>>,
}

impl Score {
    /// No answer yet, of a network that tells so many classes apart.
    pub fn new(classes: usize) -> Self {
        Self {
            confusion: vec![vec![0; classes]; classes],
            ..Self::default()
        }
    }

    /// Whether no picture was in the folder of a class.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    pub fn add(&mut self, answer: &Answer) {
        let Some(truth) = answer.source.truth else {
            return;
        };
        self.total += 1;
        let [digit] = &answer.digits[..] else {
            self.several += 1;
            return;
        };
        self.correct += u64::from(digit.class == truth);
        self.confusion[truth][digit.class] += 1;
    }

    pub fn text(&self, names: &[String], width: Option<usize>) -> String {
        let Self {
            correct,
            total,
            several,
            ..
        } = self;
        let accuracy = 100.0 * *correct as f64 / *total as f64;
        let several = match several {
            0 => String::new(),
            1 => "; 1 picture was read as several digits".to_owned(),
            several => format!("; {several} pictures were read as several digits"),
        };
        format!(
            "\nAccuracy: {accuracy:.2}% ({correct} of {total}){several}\n\n{}",
            confusion(&self.confusion, names, width)
        )
    }
}
