use std::path::Path;

use tch::Device;
use torch_twin::weights::{self, Format, WeightsError};

use super::network::{MAX_WEIGHTS_BYTES, file_of, network_of, weights_in};
use super::preprocessing::Prepared;
use super::{
    LoadError, LoadOptions, Names, Note, Preprocessing, PreprocessingOptions, TorchScript,
};
use crate::model::Classifier;
use crate::variant::Variant;

/// What came out of a file and tells images apart: a network of ours, or a TorchScript module.
pub struct LoadedClassifier {
    /// The network or module.
    pub classifier: Box<dyn Classifier>,
    /// Which of ours it is; none for a TorchScript module, which runs as it is.
    pub variant: Option<&'static Variant>,
    /// Classes that it tells apart.
    pub num_classes: usize,
    /// What was done to make the weights fit, for the user to know.
    pub notes: Vec<Note>,
}

/// Loads what a file of any format holds, onto `device`.
///
/// A TorchScript module runs as it is, unless a variant or names are given: then its weights are taken
/// into that network, like those of every other format. Without a variant a file names its own, or
/// else shows it by its tensors. The folder of a finished run and the checkpoint of a training hold
/// weights too.
///
/// The classifier takes what [`to_input`](crate::data::to_input) gives, and makes of it what
/// `preprocessing` says.
///
/// # Errors
/// A file that cannot be read, is of no known format, or holds another network's weights.
pub fn load_classifier(
    path: &Path,
    options: &LoadOptions,
    preprocessing: PreprocessingOptions,
    device: Device,
) -> Result<LoadedClassifier, LoadError> {
    let file = file_of(path)?;
    let contents = weights::read(&file, MAX_WEIGHTS_BYTES).map_err(WeightsError::from)?;
    let format = Format::of(&contents, MAX_WEIGHTS_BYTES).map_err(WeightsError::from)?;
    let is_plain = options.variant.is_none() && options.names == Names::default();
    if is_plain && format == Format::TorchScript {
        return script(&contents, preprocessing, device);
    }
    let loaded = network_of(weights_in(&file, &contents, format)?, options, device)?;
    let preprocessing = Preprocessing {
        side: preprocessing.side.unwrap_or(Preprocessing::PLAIN.side),
        normalize: preprocessing.normalize,
        is_padded_after: true,
    };
    Ok(LoadedClassifier {
        classifier: prepared(loaded.network, preprocessing),
        variant: Some(loaded.variant),
        num_classes: loaded.num_classes,
        notes: loaded.notes,
    })
}

/// The TorchScript module in a file, with the images that it takes.
fn script(
    contents: &[u8],
    options: PreprocessingOptions,
    device: Device,
) -> Result<LoadedClassifier, LoadError> {
    let (module, preprocessing) = TorchScript::load(contents, options, device)?;
    let is_said = options.side.is_some() && options.normalize.is_some();
    let mut notes = Vec::new();
    if !is_said && !module.is_ours() {
        notes.push(Note::AssumedPreprocessing(preprocessing));
    }
    if module.gives_probabilities() {
        notes.push(Note::Probabilities);
    }
    Ok(LoadedClassifier {
        num_classes: module.num_classes(),
        classifier: prepared(Box::new(module), preprocessing),
        variant: None,
        notes,
    })
}

fn prepared(classifier: Box<dyn Classifier>, preprocessing: Preprocessing) -> Box<dyn Classifier> {
    match preprocessing == Preprocessing::PLAIN {
        true => classifier,
        false => Box::new(Prepared {
            classifier,
            preprocessing,
        }),
    }
}
