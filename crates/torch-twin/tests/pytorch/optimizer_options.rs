//! Optimisers under all combinations of their options, against PyTorch's.

use tch::{Device, Kind, Tensor};
use torch_twin::Generator;
use torch_twin::optim::{
    Adadelta, AdadeltaOptions, Adagrad, AdagradOptions, Adam, AdamOptions, AdamW, AdamWOptions,
    Adamax, AdamaxOptions, Asgd, AsgdOptions, NAdam, NAdamOptions, Optimizer, OptimizerError,
    RAdam, RAdamOptions, RmsProp, RmsPropOptions, Rprop, RpropOptions, Sgd, SgdOptions,
};

use crate::common::{Record, reference};

pub type Made = Result<Box<dyn Optimizer>, OptimizerError>;

/// Makes an optimiser whose options are at their defaults, or where `on` says so, at another value.
pub type MakeCombined = fn(Vec<Tensor>, on: &[bool]) -> Made;

/// An optimiser's name, how many options it has, and what makes it.
pub const OPTIMIZERS: [(&str, usize, MakeCombined); 11] = [
    ("sgd", 5, |parameters, on| {
        let default = SgdOptions::default();
        boxed(Sgd::new(
            parameters,
            SgdOptions {
                lr: 0.03,
                momentum: if on[0] { 0.9 } else { default.momentum },
                dampening: if on[1] { 0.3 } else { default.dampening },
                weight_decay: if on[2] { 0.02 } else { default.weight_decay },
                nesterov: on[3],
                maximize: on[4],
            },
        ))
    }),
    ("adam", 5, |parameters, on| {
        let default = AdamOptions::default();
        boxed(Adam::new(
            parameters,
            AdamOptions {
                lr: 0.01,
                betas: if on[0] { (0.8, 0.95) } else { default.betas },
                eps: if on[1] { 1e-3 } else { default.eps },
                weight_decay: if on[2] { 0.02 } else { default.weight_decay },
                amsgrad: on[3],
                maximize: on[4],
            },
        ))
    }),
    ("adamw", 5, |parameters, on| {
        let default = AdamWOptions::default();
        boxed(AdamW::new(
            parameters,
            AdamWOptions {
                lr: 0.01,
                betas: if on[0] { (0.8, 0.95) } else { default.betas },
                eps: if on[1] { 1e-3 } else { default.eps },
                weight_decay: if on[2] { 0.2 } else { default.weight_decay },
                amsgrad: on[3],
                maximize: on[4],
            },
        ))
    }),
    ("rmsprop", 6, |parameters, on| {
        let default = RmsPropOptions::default();
        boxed(RmsProp::new(
            parameters,
            RmsPropOptions {
                lr: 0.01,
                alpha: if on[0] { 0.9 } else { default.alpha },
                eps: if on[1] { 1e-3 } else { default.eps },
                weight_decay: if on[2] { 0.02 } else { default.weight_decay },
                momentum: if on[3] { 0.9 } else { default.momentum },
                centered: on[4],
                maximize: on[5],
            },
        ))
    }),
    ("adagrad", 5, |parameters, on| {
        let default = AdagradOptions::default();
        boxed(Adagrad::new(
            parameters,
            AdagradOptions {
                lr: 0.05,
                lr_decay: if on[0] { 0.1 } else { default.lr_decay },
                weight_decay: if on[1] { 0.02 } else { default.weight_decay },
                initial_accumulator_value: if on[2] { 0.1 } else { 0.0 },
                eps: if on[3] { 1e-3 } else { default.eps },
                maximize: on[4],
            },
        ))
    }),
    ("adadelta", 4, |parameters, on| {
        let default = AdadeltaOptions::default();
        boxed(Adadelta::new(
            parameters,
            AdadeltaOptions {
                lr: 0.7,
                rho: if on[0] { 0.8 } else { default.rho },
                eps: if on[1] { 1e-3 } else { default.eps },
                weight_decay: if on[2] { 0.02 } else { default.weight_decay },
                maximize: on[3],
            },
        ))
    }),
    ("adamax", 4, |parameters, on| {
        let default = AdamaxOptions::default();
        boxed(Adamax::new(
            parameters,
            AdamaxOptions {
                lr: 0.01,
                betas: if on[0] { (0.8, 0.95) } else { default.betas },
                eps: if on[1] { 1e-3 } else { default.eps },
                weight_decay: if on[2] { 0.02 } else { default.weight_decay },
                maximize: on[3],
            },
        ))
    }),
    ("nadam", 6, |parameters, on| {
        let default = NAdamOptions::default();
        boxed(NAdam::new(
            parameters,
            NAdamOptions {
                lr: 0.01,
                betas: if on[0] { (0.8, 0.95) } else { default.betas },
                eps: if on[1] { 1e-3 } else { default.eps },
                weight_decay: if on[2] { 0.02 } else { default.weight_decay },
                momentum_decay: if on[3] { 0.1 } else { default.momentum_decay },
                decoupled_weight_decay: on[4],
                maximize: on[5],
            },
        ))
    }),
    ("radam", 5, |parameters, on| {
        let default = RAdamOptions::default();
        boxed(RAdam::new(
            parameters,
            RAdamOptions {
                lr: 0.01,
                betas: if on[0] { (0.8, 0.5) } else { default.betas },
                eps: if on[1] { 1e-3 } else { default.eps },
                weight_decay: if on[2] { 0.02 } else { default.weight_decay },
                decoupled_weight_decay: on[3],
                maximize: on[4],
            },
        ))
    }),
    ("asgd", 5, |parameters, on| {
        let default = AsgdOptions::default();
        boxed(Asgd::new(
            parameters,
            AsgdOptions {
                lr: 0.05,
                lambd: if on[0] { 0.1 } else { default.lambd },
                alpha: if on[1] { 0.5 } else { default.alpha },
                t0: if on[2] { 1.0 } else { default.t0 },
                weight_decay: if on[3] { 0.02 } else { default.weight_decay },
                maximize: on[4],
            },
        ))
    }),
    ("rprop", 3, |parameters, on| {
        let default = RpropOptions::default();
        boxed(Rprop::new(
            parameters,
            RpropOptions {
                lr: 0.05,
                etas: if on[0] { (0.4, 1.5) } else { default.etas },
                step_sizes: if on[1] {
                    (1e-3, 0.06)
                } else {
                    default.step_sizes
                },
                maximize: on[2],
            },
        ))
    }),
];
const FORMS: [(&[i64], Kind); 5] = [
    (&[33], Kind::Float),
    (&[5, 7], Kind::Double),
    (&[], Kind::Float),
    (&[19], Kind::BFloat16),
    (&[3, 5], Kind::Half),
];
/// Places of the tensors in the list that the optimiser gets.
const LISTS: [(&str, &[usize]); 2] = [
    ("once", &[0, 1, 2, 3, 4]),
    ("twice", &[0, 1, 0, 2, 2, 2, 3, 4]),
];
const STEPS: u32 = 6;
const KEPT: [u32; 3] = [1, 2, 6];

pub fn boxed<O: Optimizer + 'static>(optimizer: Result<O, OptimizerError>) -> Made {
    Ok(Box::new(optimizer?))
}

fn tensors() -> Vec<Tensor> {
    let mut generator = Generator::manual_seed(5);
    let made = FORMS.map(|(shape, kind)| {
        let mut tensor = Tensor::empty(shape, (Kind::Double, Device::Cpu));
        generator.normal_(&mut tensor, 0.0, 1.0).unwrap();
        tensor.to_kind(kind).set_requires_grad(true)
    });
    made.into()
}

fn train(record: &mut Record, name: &str, optimizer: &mut dyn Optimizer, made: &[Tensor]) {
    for step in 1..=STEPS {
        optimizer.zero_grad().unwrap();
        for (index, tensor) in made.iter().enumerate() {
            // The second rests in the first step.
            if index != 1 || step > 1 {
                tensor.sin().square().sum(tensor.kind()).backward();
            }
        }
        optimizer.step().unwrap();
        if KEPT.contains(&step) {
            for (index, tensor) in made.iter().enumerate() {
                record.keep(format!("{name}.{step}.{index}"), tensor);
            }
            for (key, tensor) in optimizer.state_dict() {
                record.keep(format!("{name}.{step}.{key}"), &tensor);
            }
        }
    }
}

#[test]
fn all_options_together_give_pytorchs_bits_once_and_listed_twice() {
    let reference = reference("optimizer_options.py", "combined");
    let mut record = Record::default();
    for (name, options, make) in OPTIMIZERS {
        for bits in 0..1_usize << options {
            let on: Vec<bool> = (0..options).rev().map(|bit| bits >> bit & 1 == 1).collect();
            for (listed, places) in LISTS {
                let made = tensors();
                let given = places.iter().map(|&place| made[place].shallow_clone());
                let case = format!("{name}.{bits:0options$b}.{listed}");
                match make(given.collect(), &on) {
                    Ok(mut optimizer) => train(&mut record, &case, &mut *optimizer, &made),
                    Err(_) => record.keep(format!("{case}.refused"), &Tensor::from(true)),
                }
            }
        }
    }
    record.assert_identical_to(&reference);
}
