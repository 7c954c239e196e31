//! Averages of a network's weights against PyTorch's.

use tch::Tensor;
use torch_twin::optim::swa_utils::{AveragedModel, Averaging};
use torch_twin::prelude::*;

use crate::common::observe::{for_each_seed, uniform};
use crate::common::reference;

/// As `AVERAGES`: how, and whether of buffers as well.
const AVERAGES: [(Averaging, bool); 6] = [
    (Averaging::Swa, false),
    (Averaging::Swa, true),
    (Averaging::EmaMulti { decay: 0.9 }, false),
    (Averaging::EmaMulti { decay: 0.97 }, true),
    (Averaging::Ema { decay: 0.9 }, false),
    (Averaging::Ema { decay: 0.97 }, true),
];

fn network(generator: &mut Generator) -> Sequential {
    sequential![
        Conv2d::new(1, 2, 3, generator).unwrap(),
        BatchNorm2d::new(2).unwrap(),
        Flatten,
        Linear::new(8, 3, generator).unwrap(),
    ]
}

#[test]
fn averages_of_weights_are_pytorchs_update_by_update() {
    let reference = reference("averaged_model.py", "averaged_model");
    let record = for_each_seed(|record, seed, start| {
        let state = start.get_state().unwrap();
        for (index, (averaging, use_buffers)) in AVERAGES.into_iter().enumerate() {
            let mut generator = Generator::manual_seed(0);
            generator.set_state(&state).unwrap();
            let model = network(&mut generator);
            let averaged = AveragedModel::new(&model, averaging).unwrap();
            let mut averaged = averaged.use_buffers(use_buffers);
            record.keep_all(
                &format!("{seed}.{index}.initial"),
                averaged.state_dict().iter(),
            );
            for step in 0..4 {
                let x = uniform(&[3, 1, 4, 4], &mut generator);
                let _output = model.forward(&x, &mut ForwardPass::train()).unwrap();
                for mut parameter in model.parameters() {
                    let noise = uniform(&parameter.size(), &mut generator);
                    let _no_grad = no_grad_guard();
                    let _ = parameter.g_add_(&noise);
                }
                averaged.update_parameters(&model).unwrap();
                record.keep_all(
                    &format!("{seed}.{index}.{step}"),
                    averaged.state_dict().iter(),
                );
            }
            let x = uniform(&[3, 1, 4, 4], &mut generator);
            let output = averaged.forward(&x, &mut ForwardPass::eval()).unwrap();
            record.keep(format!("{seed}.{index}.output"), &output);
        }
    });
    record.assert_identical_to(&reference);
}

#[test]
fn averages_of_weights_of_other_types_are_pytorchs() {
    let reference = reference("averaged_model.py", "of_other_types");
    let kinds = [
        ("half", Kind::Half),
        ("bfloat16", Kind::BFloat16),
        ("double", Kind::Double),
        ("complex", Kind::ComplexFloat),
    ];
    let record = for_each_seed(|record, seed, start| {
        let state = start.get_state().unwrap();
        for (index, (averaging, use_buffers)) in AVERAGES.into_iter().enumerate() {
            for (name, kind) in kinds {
                let mut generator = Generator::manual_seed(0);
                generator.set_state(&state).unwrap();
                let is_complex = kind == Kind::ComplexFloat;
                let models = [(); 5].map(|()| {
                    let values = uniform(&[70, 2], &mut generator);
                    let weight = match is_complex {
                        true => values.view_as_complex(),
                        false => values.to_kind(kind),
                    };
                    Linear::from_tensors(weight.set_requires_grad(true), None)
                });
                let averaged = AveragedModel::new(&models[0], averaging).unwrap();
                let mut averaged = averaged.use_buffers(use_buffers);
                for (step, model) in models[1..].iter().enumerate() {
                    averaged.update_parameters(model).unwrap();
                    let weight = averaged.module.module().weight.detach();
                    let weight = match is_complex {
                        true => weight.view_as_real(),
                        false => weight,
                    };
                    record.keep(format!("{seed}.{index}.{name}.{step}"), &weight);
                }
            }
        }
    });
    record.assert_identical_to(&reference);
}

#[test]
fn another_network_cannot_be_averaged() {
    let generator = &mut Generator::manual_seed(0);
    let model = network(generator);
    let decay = Averaging::Ema { decay: 1.5 };
    assert!(AveragedModel::new(&model, decay).is_err());
    let mut averaged = AveragedModel::new(&model, Averaging::Swa).unwrap();
    let other = sequential![Conv2d::new(1, 2, 3, generator).unwrap()];
    let words = averaged.update_parameters(&other).unwrap_err().to_string();
    assert!(words.contains("1.weight"), "{words}");
    let wide = sequential![
        Conv2d::new(1, 2, 3, generator).unwrap(),
        BatchNorm2d::new(2).unwrap(),
        Flatten,
        Linear::new(9, 3, generator).unwrap(),
    ];
    let words = averaged.update_parameters(&wide).unwrap_err().to_string();
    assert!(
        words.contains("3.weight") && words.contains("[3, 9]"),
        "{words}"
    );
    let first: Tensor = averaged.n_averaged;
    assert_eq!(first.int64_value(&[]), 0);
}
