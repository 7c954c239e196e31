use serde_json::Value;
use torch_twin::weights::Weights;

/// What the checkpoint of a training says that it is.
pub const CHECKPOINT_FORMAT: &str = "lenet5-checkpoint";

/// The weights in a checkpoint of a training; those of any other file as they are.
pub(super) fn network_part(weights: Weights) -> Weights {
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
        ..Weights::default()
    }
}
