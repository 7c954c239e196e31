//! `torch.nn.init` against PyTorch's, by bits, and by what is drawn after it.

use tch::{Device, Kind, Tensor};
use torch_twin::nn::init::{self, FanMode, Nonlinearity, calculate_gain};
use torch_twin::{Generator, TorchError};

use crate::common::{Record, reference};

const SHAPES: [&[i64]; 6] = [
    &[16, 6, 5, 5],
    &[84, 120],
    &[120, 84],
    &[6, 4, 5],
    &[5, 7, 3, 2, 2],
    &[1, 3],
];

type Draw = fn(&mut Tensor, &mut Generator) -> Result<(), TorchError>;

const RANDOM: [(&str, Draw); 11] = [
    ("uniform", |tensor, generator| {
        init::uniform_(tensor, -0.3, 0.7, generator)
    }),
    ("normal", |tensor, generator| {
        init::normal_(tensor, 0.1, 0.02, generator)
    }),
    ("trunc_normal", |tensor, generator| {
        init::trunc_normal_(tensor, 0.0, 0.02, [-2.0, 2.0], generator)
    }),
    ("trunc_normal.tail", |tensor, generator| {
        init::trunc_normal_(tensor, 0.2, 0.5, [1.0, 3.0], generator)
    }),
    ("trunc_normal.close", |tensor, generator| {
        init::trunc_normal_(tensor, 1.0, 1.0, [0.5, 2.0], generator)
    }),
    ("xavier_uniform", |tensor, generator| {
        init::xavier_uniform_(tensor, 1.0, generator)
    }),
    ("xavier_normal", |tensor, generator| {
        let gain = calculate_gain(Nonlinearity::Tanh);
        init::xavier_normal_(tensor, gain, generator)
    }),
    ("kaiming_uniform", |tensor, generator| {
        let default = Nonlinearity::LeakyRelu(0.0);
        init::kaiming_uniform_(tensor, FanMode::FanIn, default, generator)
    }),
    ("kaiming_normal", |tensor, generator| {
        let default = Nonlinearity::LeakyRelu(0.0);
        init::kaiming_normal_(tensor, FanMode::FanIn, default, generator)
    }),
    ("orthogonal", |tensor, generator| {
        init::orthogonal_(tensor, 1.0, generator)
    }),
    ("orthogonal.gain", |tensor, generator| {
        init::orthogonal_(tensor, 1.7, generator)
    }),
];

const NONLINEARITIES: [(&str, Nonlinearity); 6] = [
    ("linear", Nonlinearity::Linear),
    ("sigmoid", Nonlinearity::Sigmoid),
    ("tanh", Nonlinearity::Tanh),
    ("relu", Nonlinearity::Relu),
    ("leaky_relu", Nonlinearity::LeakyRelu(0.2)),
    ("selu", Nonlinearity::Selu),
];

fn zeros(shape: &[i64], kind: Kind) -> Tensor {
    // As a parameter is.
    Tensor::zeros(shape, (kind, Device::Cpu)).set_requires_grad(true)
}

#[test]
fn every_function_draws_as_pytorchs_and_leaves_the_generator_where_it_does() {
    let reference = reference("init.py", "draws");
    let mut generator = Generator::manual_seed(3);
    let mut record = Record::default();
    for (kind, dtype) in [(Kind::Float, "float32"), (Kind::Double, "float64")] {
        for (name, draw) in RANDOM {
            for (index, shape) in SHAPES.iter().enumerate() {
                let mut tensor = zeros(shape, kind);
                draw(&mut tensor, &mut generator).unwrap();
                record.keep(format!("{name}.torch.{dtype}.{index}"), &tensor);
            }
        }
    }
    for (mode_name, mode) in [("fan_in", FanMode::FanIn), ("fan_out", FanMode::FanOut)] {
        for (name, nonlinearity) in NONLINEARITIES {
            for (index, shape) in SHAPES.iter().enumerate() {
                let name = format!("kaiming.{mode_name}.{name}.{index}");
                let mut tensor = zeros(shape, Kind::Float);
                init::kaiming_uniform_(&mut tensor, mode, nonlinearity, &mut generator).unwrap();
                record.keep(format!("{name}.uniform"), &tensor);
                let mut tensor = zeros(shape, Kind::Float);
                init::kaiming_normal_(&mut tensor, mode, nonlinearity, &mut generator).unwrap();
                record.keep(format!("{name}.normal"), &tensor);
            }
        }
    }
    for sparsity in [0.0, 0.1, 0.5, 1.0] {
        let mut tensor = zeros(&[33, 7], Kind::Float);
        init::sparse_(&mut tensor, sparsity, 0.01, &mut generator).unwrap();
        record.keep(format!("sparse.{sparsity:.1}"), &tensor);
    }
    let mut next = Tensor::empty([8], (Kind::Float, Device::Cpu));
    generator.uniform_(&mut next, 0.0, 1.0).unwrap();
    record.keep("next", &next);
    record.assert_identical_to(&reference);
}

#[test]
fn constants_are_where_pytorch_puts_them() {
    let reference = reference("init.py", "constants");
    let mut record = Record::default();
    let mut keep = |name: String, shape: &[i64], fill: &dyn Fn(&mut Tensor)| {
        let mut tensor = zeros(shape, Kind::Float);
        init::constant_(&mut tensor, 7.0).unwrap();
        fill(&mut tensor);
        record.keep(name, &tensor);
    };
    keep("constant".into(), &[3, 4], &|tensor| {
        init::constant_(tensor, 0.3).unwrap();
    });
    keep("ones".into(), &[3, 4], &|tensor| {
        init::ones_(tensor).unwrap()
    });
    keep("zeros".into(), &[3, 4], &|tensor| {
        init::zeros_(tensor).unwrap()
    });
    keep("eye".into(), &[3, 5], &|tensor| init::eye_(tensor).unwrap());
    for groups in [1, 2, 4] {
        for shape in [&[8, 3, 5][..], &[8, 2, 3, 4], &[4, 6, 3, 3, 3]] {
            let name = format!("dirac.{groups}.{}", shape.len());
            keep(name, shape, &|tensor| init::dirac_(tensor, groups).unwrap());
        }
    }
    record.assert_identical_to(&reference);
}

#[test]
fn shapes_that_pytorch_refuses_are_refused() {
    let mut generator = Generator::manual_seed(0);
    let mut line = zeros(&[4], Kind::Float);
    init::xavier_uniform_(&mut line, 1.0, &mut generator).unwrap_err();
    init::orthogonal_(&mut line, 1.0, &mut generator).unwrap_err();
    init::sparse_(&mut line, 0.5, 0.01, &mut generator).unwrap_err();
    init::eye_(&mut line).unwrap_err();
    init::dirac_(&mut line, 1).unwrap_err();
    let mut kernel = zeros(&[3, 2, 3], Kind::Float);
    for groups in [0, 2] {
        init::dirac_(&mut kernel, groups).unwrap_err();
    }
}
