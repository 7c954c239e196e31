use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tch::{Device, Tensor};
use torch_twin::nn::StateDict;
use torch_twin::weights::{self, Conversion, Format, Weights, WeightsError};
use torch_twin::{Generator, Tensors, TorchError};

use super::registry::{self, VARIANTS, Variant};
use super::{LoadError, TorchScript};
use crate::model::{Classifier, Network};

/// LeNet-5 is a quarter of a megabyte; what is larger than this was not meant for it.
pub const MAX_WEIGHTS_BYTES: u64 = 256 << 20;

/// The file of weights in the folder of a run.
pub const RUN_WEIGHTS: &str = "model.safetensors";

/// What the checkpoint of a training says that it is.
pub const CHECKPOINT_FORMAT: &str = "lenet5-checkpoint";

/// The most classes that a network is built for unasked.
const MAX_CLASSES: i64 = 256;

/// What came out of a file and tells images apart: a network of ours, or a TorchScript module.
pub struct LoadedClassifier {
    /// The network or module.
    pub classifier: Box<dyn Classifier>,
    /// Which of ours it is; none for a TorchScript module, which runs as it is.
    pub variant: Option<&'static Variant>,
    /// Classes that it tells apart.
    pub num_classes: usize,
    /// What was converted to make the weights fit, for the user to know.
    pub conversions: Vec<Conversion>,
}

/// A network of ours whose weights came out of a file.
pub struct LoadedNetwork {
    /// The network.
    pub network: Box<dyn Network>,
    /// Which of ours it is.
    pub variant: &'static Variant,
    /// Classes that it tells apart.
    pub num_classes: usize,
    /// What the file says of itself, such as its variant, seed and epochs.
    pub metadata: BTreeMap<String, String>,
    /// What was converted to make the weights fit, for the user to know.
    pub conversions: Vec<Conversion>,
}

/// Loads what a file of any format holds, onto `device`.
///
/// A TorchScript module runs as it is, unless `variant` is given: then its weights are taken into
/// that network, like those of every other format. Without `variant` a file names its own, or else
/// shows it by its tensors. The folder of a finished run and the checkpoint of a training hold
/// weights too.
///
/// # Errors
/// A file that cannot be read, is of no known format, or holds another network's weights.
pub fn load_classifier(
    path: &Path,
    variant: Option<&'static Variant>,
    device: Device,
) -> Result<LoadedClassifier, LoadError> {
    let contents = weights::read(&file_of(path)?, MAX_WEIGHTS_BYTES)?;
    let format = Format::of(&contents, MAX_WEIGHTS_BYTES)?;
    if variant.is_none() && format == Format::TorchScript {
        let module = TorchScript::load(&contents, device)?;
        return Ok(LoadedClassifier {
            num_classes: module.num_classes(),
            classifier: Box::new(module),
            variant: None,
            conversions: Vec::new(),
        });
    }
    let weights = weights::parse(&contents, MAX_WEIGHTS_BYTES)?;
    let loaded = network_of(weights, variant, device)?;
    Ok(LoadedClassifier {
        classifier: loaded.network,
        variant: Some(loaded.variant),
        num_classes: loaded.num_classes,
        conversions: loaded.conversions,
    })
}

/// Loads the weights in a file of any format into a network of ours, onto `device`.
///
/// As [`load_classifier`], but the weights of a TorchScript module are taken out of it by their
/// names, and its program is not run.
///
/// # Errors
/// As for [`load_classifier`].
pub fn load_network(
    path: &Path,
    variant: Option<&'static Variant>,
    device: Device,
) -> Result<LoadedNetwork, LoadError> {
    network_of(load_weights(path)?, variant, device)
}

/// Copies the weights in a file of any format into a network of the variant `variant`.
///
/// # Errors
/// As for [`load_classifier`]; the network is then left as it was.
pub fn load_into(
    path: &Path,
    variant: &Variant,
    state_dict: &StateDict,
) -> Result<Vec<Conversion>, LoadError> {
    copy_into(
        &network_part(load_weights(path)?).tensors,
        variant,
        state_dict,
    )
}

fn load_weights(path: &Path) -> Result<Weights, LoadError> {
    Ok(weights::load(&file_of(path)?, MAX_WEIGHTS_BYTES)?)
}

/// The file that holds the weights: of a run's folder, the one that the run ended with.
fn file_of(path: &Path) -> Result<PathBuf, LoadError> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let file = path.join(RUN_WEIGHTS);
    match file.is_file() {
        true => Ok(file),
        false => Err(LoadError::NoFinishedRun),
    }
}

/// The weights in a checkpoint of a training; those of any other file as they are.
fn network_part(weights: Weights) -> Weights {
    let is_checkpoint = weights
        .metadata
        .get("format")
        .is_some_and(|format| format == CHECKPOINT_FORMAT);
    if !is_checkpoint {
        return weights;
    }
    let header = weights.metadata.get("header").map_or("", String::as_str);
    let header: Value = serde_json::from_str(header).unwrap_or_default();
    let variant = header["settings"]["variant"].as_str();
    let variant = variant.map(|name| ("variant".to_owned(), name.to_owned()));
    let tensors = weights.tensors.into_iter();
    Weights {
        tensors: tensors
            .filter_map(|(name, tensor)| Some((name.strip_prefix("model.")?.to_owned(), tensor)))
            .collect(),
        metadata: variant.into_iter().collect(),
    }
}

fn network_of(
    weights: Weights,
    variant: Option<&'static Variant>,
    device: Device,
) -> Result<LoadedNetwork, LoadError> {
    let Weights { tensors, metadata } = network_part(weights);
    let variant = match (variant, metadata.get("variant")) {
        (Some(variant), _) => variant,
        (None, Some(name)) => {
            registry::find(name).ok_or_else(|| LoadError::UnknownVariant { name: name.clone() })?
        }
        (None, None) => likeliest_variant(&tensors)?,
    };
    let num_classes = num_classes(&tensors, variant);
    // The initial values do not matter: every one of them is replaced.
    let network = (variant.build)(num_classes, &mut Generator::manual_seed(0))?;
    let conversions = copy_into(&tensors, variant, &network.state_dict())?;
    network.to_device(device)?;
    Ok(LoadedNetwork {
        network,
        variant,
        num_classes,
        metadata,
        conversions,
    })
}

fn copy_into(
    tensors: &Tensors,
    variant: &Variant,
    state_dict: &StateDict,
) -> Result<Vec<Conversion>, LoadError> {
    weights::load_state_dict(tensors, state_dict).map_err(|error| match error {
        WeightsError::Unfit { faults } => LoadError::NotOfVariant {
            variant: variant.name,
            faults,
        },
        other => other.into(),
    })
}

/// Classes that a network of `variant` with these weights tells apart; ten where they do not say.
fn num_classes(tensors: &Tensors, variant: &Variant) -> usize {
    let bias = tensors.get("fc2.bias").map(Tensor::size);
    let shown = match bias.as_deref() {
        Some(&[classes @ 2..=MAX_CLASSES]) => classes as usize,
        _ => 10,
    };
    variant.fixed_classes.unwrap_or(shown)
}

/// The variant whose tensors these are by name and shape, or come closest to being.
fn likeliest_variant(tensors: &Tensors) -> Result<&'static Variant, TorchError> {
    let mut likeliest = (usize::MAX, VARIANTS[0]);
    for variant in VARIANTS {
        let num_classes = num_classes(tensors, variant);
        let network = (variant.build)(num_classes, &mut Generator::manual_seed(0))?;
        let faults = weights::faults(tensors, &network.state_dict())?.len();
        if faults < likeliest.0 {
            likeliest = (faults, variant);
        }
    }
    Ok(likeliest.1)
}
