use std::collections::BTreeMap;
use std::path::Path;

use tch::{Device, Tensor};
use torch_twin::nn::StateDict;
use torch_twin::weights::{self, Conversion, Format, Weights, WeightsError};
use torch_twin::{Generator, Tensors, TorchError};

use super::registry::{self, VARIANTS, Variant};
use super::{LoadError, TorchScript};
use crate::model::{Classifier, Network};

/// LeNet-5 is a quarter of a megabyte; what is larger than this was not meant for it.
pub const MAX_WEIGHTS_BYTES: u64 = 256 << 20;

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
/// shows it by its tensors.
///
/// # Errors
/// A file that cannot be read, is of no known format, or holds another network's weights.
pub fn load_classifier(
    path: &Path,
    variant: Option<&'static Variant>,
    device: Device,
) -> Result<LoadedClassifier, LoadError> {
    let contents = weights::read(path, MAX_WEIGHTS_BYTES)?;
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
    network_of(weights::load(path, MAX_WEIGHTS_BYTES)?, variant, device)
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
    let weights = weights::load(path, MAX_WEIGHTS_BYTES)?;
    copy_into(&weights.tensors, variant, state_dict)
}

fn network_of(
    weights: Weights,
    variant: Option<&'static Variant>,
    device: Device,
) -> Result<LoadedNetwork, LoadError> {
    let Weights { tensors, metadata } = weights;
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
