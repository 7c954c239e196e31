//! What a layer starts with, gives, and learns from, as `observe` of `layers.py`.

use tch::{Device, Kind, Tensor};
use torch_twin::Generator;
use torch_twin::nn::{Call, ForwardPass, Layer, functional};

use super::{Record, SEEDS};

/// Numbers in ±1.
pub fn uniform(shape: &[i64], generator: &mut Generator) -> Tensor {
    let mut tensor = Tensor::empty(shape, (Kind::Float, Device::Cpu));
    generator.uniform_(&mut tensor, -1.0, 1.0).unwrap();
    tensor
}

/// The output, and what hooks were told of on the way.
fn call(
    layer: &dyn Layer,
    x: &Tensor,
    pass: ForwardPass<'_>,
    generator: &mut Generator,
) -> (Tensor, Vec<(String, Tensor)>) {
    let mut calls = Vec::new();
    let mut hook = |call: &Call<'_>| {
        calls.push((call.name.to_owned(), call.outputs[0].shallow_clone()));
    };
    let pass = pass.with_generator(generator).with_hook(&mut hook);
    let output = layer.forward(x, &mut { pass }).unwrap();
    (output, calls)
}

/// Three passes in training, whose gradients add up, then one in evaluation.
pub fn observe(
    record: &mut Record,
    name: &str,
    layer: &dyn Layer,
    shape: &[i64],
    generator: &mut Generator,
) {
    observe_by(ForwardPass::train, record, name, layer, shape, generator);
}

/// The same, where a pass in training is the one that `train` gives.
pub fn observe_by(
    train: impl Fn() -> ForwardPass<'static>,
    record: &mut Record,
    name: &str,
    layer: &dyn Layer,
    shape: &[i64],
    generator: &mut Generator,
) {
    let state_dict = layer.state_dict();
    record.keep_all(&format!("{name}.initial"), state_dict.iter());
    for step in 0..3 {
        let x = uniform(shape, generator).set_requires_grad(true);
        let (output, calls) = call(layer, &x, train(), generator);
        let logits = output.flatten(1, -1);
        let labels =
            Tensor::arange(shape[0], (Kind::Int64, Device::Cpu)).remainder(logits.size()[1]);
        let loss = functional::cross_entropy(&logits, &labels).unwrap();
        loss.backward();
        let prefix = format!("{name}.{step}");
        record.keep_all(
            &prefix,
            calls.iter().map(|(name, output)| (name.as_str(), output)),
        );
        record.keep_all(
            &prefix,
            [("logits", &logits), ("loss", &loss), ("x", &x.grad())],
        );
        for entry in state_dict.parameters() {
            record.keep(
                format!("{prefix}.grad.{}", entry.name),
                &entry.tensor.grad(),
            );
        }
    }
    record.keep_all(&format!("{name}.trained"), state_dict.iter());

    let x = uniform(shape, generator);
    let (output, calls) = call(layer, &x, ForwardPass::eval(), generator);
    let prefix = format!("{name}.eval");
    record.keep_all(
        &prefix,
        calls.iter().map(|(name, output)| (name.as_str(), output)),
    );
    record.keep_all(&prefix, [("output", &output)]);
    record.keep_all(&format!("{name}.evaluated"), state_dict.iter());
}

/// Records for every seed, under the name that Python gives it.
pub fn for_each_seed(mut observe: impl FnMut(&mut Record, &str, &mut Generator)) -> Record {
    let mut record = Record::default();
    for seed in SEEDS {
        let name = seed.cast_signed().to_string();
        observe(&mut record, &name, &mut Generator::manual_seed(seed));
    }
    record
}
