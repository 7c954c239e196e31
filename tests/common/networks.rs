use std::collections::BTreeMap;
use std::path::Path;

use lenet5::data::to_input;
use lenet5::variant::{
    self, LoadError, LoadOptions, LoadedClassifier, PreprocessingOptions, load_classifier,
    load_network,
};
use tch::{Device, Tensor};
use torch_twin::{Generator, weights};

/// What `eval` and `predict` make of a file, without options.
pub fn classify(path: &Path) -> Result<LoadedClassifier, LoadError> {
    load_classifier(
        path,
        &LoadOptions::default(),
        PreprocessingOptions::default(),
        Device::Cpu,
    )
}

/// A network of `variant` with its initial values, changed by `change`, as a file.
pub fn write_network(path: &Path, variant: &str, classes: usize, change: impl Fn(&str, &Tensor)) {
    let _no_grad = tch::no_grad_guard();
    let build = variant::find(variant).expect("a variant").build;
    let network = build(classes, &mut Generator::manual_seed(0)).expect("a network");
    let state_dict = network.state_dict();
    for (name, tensor) in state_dict.iter() {
        change(name, tensor);
    }
    let metadata = BTreeMap::from([("variant".to_owned(), variant.to_owned())]);
    weights::save(path, state_dict.iter(), &metadata).expect("saved");
}

/// libtorch's logits of images N×28×28, as many at once as `eval` takes.
pub fn libtorch_logits(weights: &Path, images: &Tensor) -> Tensor {
    let _no_grad = tch::no_grad_guard();
    let loaded = load_network(weights, &LoadOptions::default(), Device::Cpu).expect("weights");
    let batches = images.split(1000, 0);
    let logits = batches.iter().map(|images| {
        let images = to_input(images, Device::Cpu).expect("images");
        loaded.network.logits(&images).expect("logits")
    });
    Tensor::cat(&logits.collect::<Vec<_>>(), 0)
}
