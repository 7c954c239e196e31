use tch::{Device, Tensor};
use torch_twin::data::{Batches, DataLoader};
use torch_twin::nn::{Call, ForwardPass, StateDict};
use torch_twin::optim::Optimizer;
use torch_twin::{Generator, Tensors, TorchError, weights};

use super::ParityError;
use crate::data::{Dataset, Split, to_input};
use crate::model::{Classifier, Network};
use crate::train::Settings;

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
    settings: &Settings,
    dataset: &Dataset,
    weights: Option<&Tensors>,
    steps: &[usize],
) -> Result<Stages, ParityError> {
    let mut stages = Stages::new();
    let mut generator = Generator::manual_seed(settings.seed);
    let network = (settings.variant.build)(settings.classes, &mut generator)?;
    let state_dict = network.state_dict();
    if let Some(weights) = weights {
        weights::load_state_dict(weights, &state_dict)?;
    }
    copy_state(&mut stages, "initial", &state_dict)?;
    let test_loader = DataLoader::new(&dataset.test, settings.test_batch_size);
    let test_batches = test_loader.iter(&mut generator)?;
    stages.extend(test_stages(network.as_ref(), &dataset.test, test_batches)?);

    let recipe = &settings.recipe;
    let mut optimizer = recipe.optimizer(network.parameters())?;
    let loader = DataLoader::new(&dataset.train, recipe.batch_size).shuffle(true);
    let mut batches = loader.iter(&mut generator)?;
    let mut step = 0;
    while step < steps.last().copied().unwrap_or(0) {
        let Some(batch) = batches.next() else {
            batches = loader.iter(&mut generator)?;
            continue;
        };
        step += 1;
        let (bytes, labels) = batch?;
        let images = to_input(&bytes, Device::Cpu)?;
        let images = recipe.augmentation.apply(&images, &mut generator)?;
        let kept = (step == 1).then_some(&mut stages);
        train_step(network.as_ref(), optimizer.as_mut(), &images, &labels, kept)?;
        if steps.contains(&step) {
            copy_state(&mut stages, &format!("step{step}"), &state_dict)?;
        }
    }
    Ok(stages)
}

/// A step of training; what it computes is added to `stages`, if there are any.
fn train_step(
    network: &dyn Network,
    optimizer: &mut dyn Optimizer,
    images: &Tensor,
    labels: &Tensor,
    stages: Option<&mut Stages>,
) -> Result<(), TorchError> {
    optimizer.zero_grad()?;
    let mut outputs = Stages::new();
    let mut hook = |call: &Call<'_>| {
        let of_call = call.outputs.iter();
        outputs.extend(of_call.map(|output| {
            let name = format!("forward/{}", call.name);
            (name, output.shallow_clone())
        }));
    };
    let mut pass = ForwardPass::train();
    if stages.is_some() {
        pass = pass.with_hook(&mut hook);
    }
    let logits = network.forward(images, &mut pass)?;
    drop(pass);
    let loss = network.loss(&logits, labels)?;
    loss.f_backward()?;
    if let Some(stages) = stages {
        stages.push(("batch/images".to_owned(), images.shallow_clone()));
        stages.push(("batch/labels".to_owned(), labels.shallow_clone()));
        stages.append(&mut outputs);
        stages.push(("forward/loss".to_owned(), loss));
        for entry in network.state_dict().parameters() {
            let gradient = entry.tensor.f_grad()?.f_detach_copy()?;
            stages.push((format!("gradient/{}", entry.name), gradient));
        }
    }
    optimizer.step()
}

/// The logits of the images of `split`, in batches, and how many of them are right, as the stages
/// `test/correct` and `test/logits`.
///
/// # Errors
/// What `classifier` refuses.
pub fn test_stages(
    classifier: &dyn Classifier,
    split: &Split,
    batches: Batches<'_, Split>,
) -> Result<Stages, TorchError> {
    let _no_grad = tch::no_grad_guard();
    let mut logits = Vec::new();
    for batch in batches {
        let (bytes, _) = batch?;
        logits.push(classifier.logits(&to_input(&bytes, Device::Cpu)?)?);
    }
    let logits = Tensor::f_cat(&logits, 0)?;
    let correct = logits.f_argmax(1, false)?.f_eq_tensor(&split.labels)?;
    Ok(vec![
        ("test/correct".to_owned(), correct.f_sum(None)?),
        ("test/logits".to_owned(), logits),
    ])
}

fn copy_state(stages: &mut Stages, stage: &str, state: &StateDict) -> Result<(), TorchError> {
    for (name, tensor) in state.iter() {
        stages.push((format!("{stage}/{name}"), tensor.f_detach_copy()?));
    }
    Ok(())
}
