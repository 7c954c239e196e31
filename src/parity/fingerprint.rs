use serde::Serialize;
use tch::Tensor;
use torch_twin::sha256;

use super::{ParityError, Stages, stages};
use crate::data::Dataset;
use crate::train::Settings;
use crate::variant::Variant;

/// SHA-256 of what a variant computes in the first epoch, with the tutorial's recipe and seed 0, stage by stage.
///
/// `python_ref/fingerprint.py` computes the same in PyTorch, apart from this program.
#[derive(Debug, PartialEq, Serialize)]
pub struct Fingerprint {
    /// The variant's name.
    pub variant: &'static str,
    /// Each stage's, in the order in which they are computed.
    pub digests: Vec<Digest>,
}

/// SHA-256 of one stage.
#[derive(Debug, PartialEq, Serialize)]
pub struct Digest {
    /// What was computed.
    pub stage: &'static str,
    /// The digest of its tensors' values, one after another, in hexadecimal.
    pub sha256: String,
}

impl Fingerprint {
    /// The fingerprint of an epoch on `dataset`.
    ///
    /// # Errors
    /// What libtorch refuses.
    pub fn new(variant: &'static Variant, dataset: &Dataset) -> Result<Self, ParityError> {
        let settings = Settings::tutorial(variant);
        let images = dataset.train.labels.numel();
        let epoch = images.div_ceil(settings.recipe.batch_size);
        let stages = stages(&settings, dataset, None, &[1, 10, epoch])?;
        let last_step = format!("step{epoch}/");
        let logits = logits(&stages);
        let groups = [
            ("initial weights", "initial/"),
            ("first images", "batch/images"),
            ("their logits", logits),
            ("their gradients", "gradient/"),
            ("weights, step 1", "step1/"),
            ("weights, step 10", "step10/"),
            ("weights, epoch 1", &last_step),
        ];
        let mut digests = Vec::new();
        for (stage, prefix) in groups {
            let of_group = stages.iter().filter(|(name, _)| name.starts_with(prefix));
            let sha256 = sha256(of_group.map(|(_, tensor): &(String, Tensor)| tensor))?;
            digests.push(Digest { stage, sha256 });
        }
        Ok(Self {
            variant: variant.name,
            digests,
        })
    }
}

/// The name of the last layer's output, ahead of the loss.
fn logits(stages: &Stages) -> &str {
    let outputs = stages.iter().map(|(name, _)| name.as_str());
    let mut outputs = outputs.filter(|name| name.starts_with("forward/"));
    let before_loss = |name: &&str| *name != "forward/loss";
    outputs.rfind(before_loss).unwrap_or_default()
}
