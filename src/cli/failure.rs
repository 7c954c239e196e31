use std::error::Error;
use std::fmt;

use lenet5::data::DataError;
use lenet5::parity::ParityError;
use lenet5::train::{RunError, SettingsError};
use lenet5::variant::{LoadError, ValueError};
use torch_twin::printable;

use super::output::shown;

/// Options that clap takes one by one, and that do not go together. The exit code is 2.
#[derive(Debug)]
pub struct UsageError(pub String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

impl From<ValueError> for UsageError {
    fn from(error: ValueError) -> Self {
        Self(format!("--{}", option(error.name, &error)))
    }
}

impl From<SettingsError> for UsageError {
    fn from(error: SettingsError) -> Self {
        match error {
            SettingsError::Value(error) => error.into(),
            SettingsError::NothingHeldOut { name, .. } => Self(format!(
                "--{}: give --validation N too",
                option(name, &error)
            )),
            _ => Self(error.to_string()),
        }
    }
}

/// An error that begins with the name of a setting, with the name as options have it.
fn option(name: &str, error: &dyn fmt::Display) -> String {
    error.to_string().replacen(name, &name.replace('_', "-"), 1)
}

/// The options that help, to be read after the error.
pub fn advice(error: &anyhow::Error) -> String {
    let advice = error.chain().find_map(of);
    advice.unwrap_or_default()
}

fn of(error: &(dyn Error + 'static)) -> Option<String> {
    let advice = error.downcast_ref().and_then(of_run);
    let advice = advice.or_else(|| error.downcast_ref().and_then(of_settings));
    let advice = advice.or_else(|| error.downcast_ref().and_then(of_data));
    let advice = advice.or_else(|| error.downcast_ref().and_then(of_weights));
    advice.or_else(|| error.downcast_ref().and_then(of_parity).map(str::to_owned))
}

fn of_run(error: &RunError) -> Option<String> {
    let advice = match error {
        RunError::Taken { path, .. } => {
            return Some(format!(
                "; go on with it with --resume {}, name another folder with --out, or overwrite it \
                 with --force",
                shown(path)
            ));
        }
        RunError::NoCheckpoint { path } => {
            return Some(format!("; begin anew with --out {}", shown(path)));
        }
        RunError::SpreadSchedule { .. } => {
            ": train one anew, or go on from these weights with --init"
        }
        RunError::OtherData { .. } => "; name the run's own with --data",
        RunError::OtherEnvironment(_) => "; go on all the same with --force",
        _ => return None,
    };
    Some(advice.to_owned())
}

fn of_settings(error: &SettingsError) -> Option<String> {
    matches!(error, SettingsError::SmallBatch { .. })
        .then(|| "; choose another --batch-size or --validation".to_owned())
}

fn of_data(error: &DataError) -> Option<String> {
    match error {
        DataError::Label {
            begin_at_one: true, ..
        } => Some("; no label is 0: --labels-from 1 counts from 1".to_owned()),
        DataError::LabelBelow { .. } => Some("; --labels-from names another".to_owned()),
        _ => None,
    }
}

fn of_weights(error: &LoadError) -> Option<String> {
    match error {
        LoadError::UnknownVariant { .. } => Some("; name one with --variant".to_owned()),
        LoadError::OtherNames { has_map, .. } => Some(format!(
            "\nTake them so with --map {}auto",
            if *has_map { "PAIRS," } else { "" }
        )),
        LoadError::Several { prefixes } => {
            let first = prefixes
                .first()
                .map_or("", |prefix| prefix.trim_end_matches('.'));
            Some(format!("; choose one with --map {}=", printable(first)))
        }
        _ => None,
    }
}

fn of_parity(error: &ParityError) -> Option<&'static str> {
    match error {
        ParityError::MissingModule { .. }
        | ParityError::NotTorch { .. }
        | ParityError::EndlessOutput { .. } => Some("; name another Python with --python"),
        ParityError::TimeLimit { .. } => {
            Some("; name another Python with --python, or give it longer with --timeout")
        }
        _ => None,
    }
}
