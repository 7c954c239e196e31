use serde::Serialize;
use sha2::{Digest as _, Sha256};
use torch_twin::trace::{Kind, Recorder, Stage};

use super::{ParityError, recording};
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
    /// If libtorch fails.
    pub fn new(variant: &'static Variant, dataset: &Dataset) -> Result<Self, ParityError> {
        let settings = Settings::tutorial(variant);
        let images = dataset.train.labels.numel();
        let epoch = images.div_ceil(settings.recipe.batch_size) as u64;
        let recorder = recording::record(&settings, dataset, None, &[1, 10, epoch])?;
        let logits = last_layer(&recorder);
        let is = |step, kind| move |stage: &Stage| (stage.step, stage.kind) == (step, kind);
        let is_images = |stage: &Stage| is(1, Kind::Input)(stage) && stage.name.is_empty();
        let is_logits = |stage: &Stage| is(1, Kind::Output)(stage) && stage.name == logits;
        let groups: [(&'static str, IsOfGroup<'_>); 7] = [
            ("initial weights", &is(0, Kind::Weight)),
            ("first images", &is_images),
            ("their logits", &is_logits),
            ("their gradients", &is(1, Kind::Gradient)),
            ("weights, step 1", &is(1, Kind::Weight)),
            ("weights, step 10", &is(10, Kind::Weight)),
            ("weights, epoch 1", &is(epoch, Kind::Weight)),
        ];
        let digests = groups.map(|(stage, is_of_group)| Digest {
            stage,
            sha256: sha256(&recorder, is_of_group),
        });
        Ok(Self {
            variant: variant.name,
            digests: digests.into(),
        })
    }
}

/// Tells the stages of a group from others.
type IsOfGroup<'a> = &'a dyn Fn(&Stage) -> bool;

/// SHA-256 of the values of all stages of a group, one after another.
fn sha256(recorder: &Recorder, is_of_group: IsOfGroup<'_>) -> String {
    let mut hasher = Sha256::new();
    for (_, array) in recorder.arrays().filter(|(stage, _)| is_of_group(stage)) {
        hasher.update(array.bytes());
    }
    format!("{:x}", hasher.finalize())
}

/// The name of the last layer, whose output the loss takes: the network itself has none.
fn last_layer(recorder: &Recorder) -> String {
    let outputs = recorder.arrays().map(|(stage, _)| stage);
    let outputs = outputs.filter(|stage| (stage.step, stage.kind) == (1, Kind::Output));
    let last = outputs.filter(|stage| !stage.name.is_empty()).last();
    last.map_or_else(String::new, |stage| stage.name.clone())
}
