use std::slice::Chunks;

use tch::{Device, Tensor};

use super::ParityError;
use crate::TorchError;
use crate::data::{Dataset, Split, to_input};
use crate::model::{Network, Variant};
use crate::nn::StateDict;
use crate::train::{Batch, Settings, Trainer};
use crate::weights::Weights;

/// Tensors by name, in the order in which they were computed.
pub type Stages = Vec<(String, Tensor)>;

/// Everything between a seed and the weights after some steps of training, stage by stage, with
/// the names that `python_ref/export.py stages` gives.
///
/// Training starts from `weights`, or else from the initial values; the weights are kept after
/// each of `steps`, which rise.
///
/// # Errors
/// Weights that do not fit, and what libtorch refuses.
pub fn stages(
    variant: &Variant,
    settings: &Settings,
    dataset: &Dataset,
    weights: Option<&Weights>,
    steps: &[usize],
) -> Result<Stages, ParityError> {
    let mut stages = Stages::new();
    let mut trainer = Trainer::new(variant, settings, &dataset.train, Device::Cpu)?;
    if let Some(weights) = weights {
        weights.copy_into(&trainer.network().state_dict())?;
    }
    copy_state(&mut stages, "initial", &trainer.network().state_dict())?;
    let order = trainer.begin_evaluation(dataset.test.len());
    let batches = order.chunks(settings.test_batch_size);
    test(&mut stages, trainer.network(), &dataset.test, batches)?;
    for step in 1..=steps.last().copied().unwrap_or(0) {
        let batch = next_batch(&mut trainer)?;
        if step == 1 {
            first_step(&mut stages, &mut trainer, &batch)?;
        } else {
            let gradients = trainer.gradients(&batch, &mut |_, _| {})?;
            trainer.update(&gradients)?;
        }
        if steps.contains(&step) {
            let state_dict = trainer.network().state_dict();
            copy_state(&mut stages, &format!("step{step}"), &state_dict)?;
        }
    }
    Ok(stages)
}

/// The next batch, of a new epoch where the last one has ended.
fn next_batch(trainer: &mut Trainer<'_>) -> Result<Batch, TorchError> {
    loop {
        if let Some(batch) = trainer.next_batch()? {
            return Ok(batch);
        }
        trainer.begin_epoch();
    }
}

/// A step of training, layer by layer and gradient by gradient.
fn first_step(
    stages: &mut Stages,
    trainer: &mut Trainer<'_>,
    batch: &Batch,
) -> Result<(), TorchError> {
    stages.push(("batch/images".to_owned(), batch.images.shallow_clone()));
    stages.push(("batch/labels".to_owned(), batch.labels.shallow_clone()));
    let gradients = trainer.gradients(batch, &mut |layer, output| {
        stages.push((format!("forward/{layer}"), output.shallow_clone()));
    })?;
    stages.push(("forward/loss".to_owned(), gradients.loss.shallow_clone()));
    let state_dict = trainer.network().state_dict();
    for (entry, gradient) in state_dict.parameters().zip(&gradients.gradients) {
        stages.push((format!("gradient/{}", entry.name), gradient.shallow_clone()));
    }
    trainer.update(&gradients)
}

/// The logits of all test images, and how many of them are right.
fn test(
    stages: &mut Stages,
    network: &dyn Network,
    split: &Split,
    batches: Chunks<'_, i64>,
) -> Result<(), TorchError> {
    let _no_grad = tch::no_grad_guard();
    let mut logits = Vec::new();
    for indices in batches {
        let (images, _) = split.select(indices)?;
        logits.push(network.forward(&to_input(&images, Device::Cpu)?)?);
    }
    let logits = Tensor::f_cat(&logits, 0)?;
    let correct = logits.f_argmax(1, false)?.f_eq_tensor(&split.labels)?;
    stages.push(("test/correct".to_owned(), correct.f_sum(None)?));
    stages.push(("test/logits".to_owned(), logits));
    Ok(())
}

fn copy_state(stages: &mut Stages, stage: &str, state: &StateDict) -> Result<(), TorchError> {
    for entry in state.entries() {
        let copy = entry.tensor.f_detach_copy()?;
        stages.push((format!("{stage}/{}", entry.name), copy));
    }
    Ok(())
}
