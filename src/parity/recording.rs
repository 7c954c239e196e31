use std::collections::BTreeSet;

use tch::{Device, Tensor};
use torch_twin::data::{Batches, DataLoader};
use torch_twin::nn::ForwardPass;
use torch_twin::trace::Recorder;
use torch_twin::{Generator, Tensors, TorchError, weights};

use super::ParityError;
use crate::data::{Dataset, Split, to_input};
use crate::model::Classifier;
use crate::train::Settings;

/// The name under which a trace has the logits of all test images, computed before the first step.
pub const TEST_LOGITS: &str = "test";

/// The name under which a trace has the labels of a step's images.
pub const LABELS: &str = "labels";

/// Records everything between a seed and the weights after the last of `steps`, as `python_ref/export.py trace` does.
///
/// Training starts from `weights`, or else from the initial values. Step 1 and each of `steps` are recorded.
///
/// # Errors
/// Weights that do not fit, and if libtorch fails.
pub fn record(
    settings: &Settings,
    dataset: &Dataset,
    weights: Option<&Tensors>,
    steps: &[u64],
) -> Result<Recorder, ParityError> {
    let mut generator = Generator::manual_seed(settings.seed);
    let network = (settings.variant.build)(settings.classes, &mut generator)?;
    let state_dict = network.state_dict();
    if let Some(weights) = weights {
        weights::load_state_dict(weights, &state_dict)?;
    }
    let recorded: BTreeSet<u64> = steps.iter().copied().chain([1]).collect();
    let last = steps.iter().max().copied().unwrap_or(1);
    let mut recorder = Recorder::default().only_steps(Vec::from_iter(recorded));
    recorder.weights(&state_dict)?;
    let test_loader = DataLoader::new(&dataset.test, settings.test_batch_size);
    let logits = test_logits(network.as_ref(), test_loader.iter(&mut generator)?)?;
    recorder.step(0)?.output(TEST_LOGITS, &logits)?;

    let recipe = &settings.recipe;
    let mut optimizer = recipe.optimizer(network.parameters())?;
    let loader = DataLoader::new(&dataset.train, recipe.batch_size).shuffle(true);
    let mut batches = loader.iter(&mut generator)?;
    let mut number = 0;
    while number < last {
        let Some(batch) = batches.next() else {
            batches = loader.iter(&mut generator)?;
            continue;
        };
        number += 1;
        let (bytes, labels) = batch?;
        let images = to_input(&bytes, Device::Cpu)?;
        let images = recipe.augmentation.apply(&images, &mut generator)?;
        let mut step = recorder.step(number)?;
        step.output(LABELS, &labels)?;
        optimizer.zero_grad()?;
        let pass = ForwardPass::train();
        let logits = step.forward(&[&images], pass, |pass| network.forward(&images, pass))?;
        let loss = network.loss(&logits, &labels)?;
        step.loss(&loss)?;
        loss.f_backward().map_err(TorchError::from)?;
        step.gradients(&state_dict)?;
        optimizer.step()?;
        step.optimizer(optimizer.as_ref())?;
        step.weights(&state_dict)?;
    }
    Ok(recorder)
}

/// A trace of the logits of a classifier alone.
///
/// # Errors
/// Images that `classifier` cannot take, and if libtorch fails.
pub fn record_test_logits(
    classifier: &dyn Classifier,
    batches: Batches<'_, Split>,
) -> Result<Recorder, ParityError> {
    let mut recorder = Recorder::default();
    let logits = test_logits(classifier, batches)?;
    recorder.step(0)?.output(TEST_LOGITS, &logits)?;
    Ok(recorder)
}

fn test_logits(
    classifier: &dyn Classifier,
    batches: Batches<'_, Split>,
) -> Result<Tensor, TorchError> {
    let _no_grad = tch::no_grad_guard();
    let mut logits = Vec::new();
    for batch in batches {
        let (bytes, _) = batch?;
        logits.push(classifier.logits(&to_input(&bytes, Device::Cpu)?)?);
    }
    Ok(Tensor::f_cat(&logits, 0)?)
}
