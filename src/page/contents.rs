use crate::data::{self, DataError, Source, Split};
use crate::model::Network;
use crate::variant::{Summary, Variant};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use std::collections::BTreeMap;
use tch::{Device, Kind, Tensor};
use thiserror::Error;
use torch_twin::nn::{Call, ForwardPass};
use torch_twin::{TorchError, tensor_bytes};

/// Digits of each class to choose from.
const EXAMPLES: usize = 3;

/// A network as the page holds it.
#[derive(Serialize)]
pub struct PageNetwork {
    title: String,
    file: String,
    variant: &'static str,
    classes: usize,
    layers: Vec<PageLayer>,
    /// The values of each tensor in base64, as little-endian float32.
    tensors: BTreeMap<String, String>,
}

/// What a layer is called and does, in words.
#[derive(Serialize)]
struct PageLayer {
    label: &'static str,
    words: &'static str,
}

/// Digits to choose from.
#[derive(Serialize)]
pub(super) struct Samples {
    labels: Vec<i64>,
    pixels: String,
    #[serde(skip)]
    images: Tensor,
}

impl PageNetwork {
    /// Packs a network of the variant `variant`, which people know by `title` and which came from
    /// the file `file`.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn new(
        title: String,
        file: String,
        variant: &Variant,
        classes: usize,
        network: &dyn Network,
    ) -> Result<Self, PageError> {
        check_values(network, &Samples::load()?.images)?;
        let summary = Summary::of(variant, network)?;
        // The first row is the image.
        let rows = summary.layers.iter().skip(1);
        let layers = rows.map(|row| PageLayer {
            label: row.layer,
            words: row.operation,
        });
        let mut tensors = BTreeMap::new();
        for (name, tensor) in network.state_dict().iter() {
            let values = tensor.f_to_kind(Kind::Float).map_err(TorchError::from)?;
            tensors.insert(
                name.to_owned(),
                BASE64_STANDARD.encode(tensor_bytes(&values)?),
            );
        }
        Ok(Self {
            title,
            file,
            variant: variant.name,
            classes,
            layers: layers.collect(),
            tensors,
        })
    }
}

impl Samples {
    /// The first digits of each class among those of the sample that are for testing.
    pub(super) fn load() -> Result<Self, PageError> {
        let split = data::load(Some(&Source::Sample), &mut |_| {})?.test;
        let (labels, indices) = first_of_each_class(&split)?;
        let indices = Tensor::f_from_slice(&indices).map_err(TorchError::from)?;
        let images = split.images.f_index_select(0, &indices);
        let images = images.map_err(TorchError::from)?;
        Ok(Self {
            labels,
            pixels: BASE64_STANDARD.encode(tensor_bytes(&images)?),
            images,
        })
    }
}

/// The labels, in order, and the places of the first images of each class.
fn first_of_each_class(split: &Split) -> Result<(Vec<i64>, Vec<i64>), TorchError> {
    let labels = Vec::<i64>::try_from(&split.labels)?;
    let mut chosen = Vec::new();
    for class in 0..10 {
        let places = labels.iter().zip(0_i64..);
        let of_class = places.filter(|(label, _)| **label == class).take(EXAMPLES);
        chosen.extend(of_class.map(|(&label, place)| (label, place)));
    }
    Ok(chosen.into_iter().unzip())
}

/// Makes sure that no layer gives values for which there is no colour.
fn check_values(network: &dyn Network, images: &Tensor) -> Result<(), PageError> {
    let _no_grad = tch::no_grad_guard();
    let input = data::to_input(images, Device::Cpu)?;
    let mut outputs = Vec::new();
    let mut hook = |call: &Call<'_>| {
        let of_call = call.outputs.iter();
        outputs.extend(of_call.map(|output| (call.name.to_owned(), output.shallow_clone())));
    };
    let _logits = network.forward(&input, &mut ForwardPass::eval().with_hook(&mut hook))?;
    for (layer, output) in outputs {
        let finite = output.f_isfinite().and_then(|finite| finite.f_all());
        let is_finite = finite.and_then(|all| all.f_int64_value(&[]));
        if is_finite.map_err(TorchError::from)? == 0 {
            return Err(PageError::NotFinite { layer });
        }
    }
    Ok(())
}

/// Why there is no page of a network.
#[derive(Debug, Error)]
pub enum PageError {
    /// Values that no colour stands for.
    #[error("{layer} gives values that are infinite or NaN: the weights are too large")]
    NotFinite {
        /// The layer's name in PyTorch.
        layer: String,
    },
    /// The sample's digits cannot be had.
    #[error(transparent)]
    Sample(#[from] DataError),
    /// The contents cannot be written as JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}
