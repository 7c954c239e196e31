//! What layers and data sets take and refuse at the edges, against PyTorch.

use tch::{Device, Kind, Tensor, kind::FLOAT_CPU};
use torch_twin::data::{TensorDataset, fractions_of, random_split};
use torch_twin::nn::{
    BatchNorm2d, Conv1d, Conv2d, ConvTranspose2d, Dropout, Embedding, Forward, ForwardPass,
    GroupNorm, Linear, Lstm, Module, MultiheadAttention,
};
use torch_twin::{Generator, TorchError};

use crate::common::{Record, reference};

/// Numbers on both sides of every bound that PyTorch checks.
pub const VALUES: [f64; 12] = [
    f64::NEG_INFINITY,
    -1.0,
    -5e-324,
    -0.0,
    0.0,
    0.5,
    1.0 - f64::EPSILON / 2.0,
    1.0,
    1.0 + f64::EPSILON,
    2.0,
    f64::INFINITY,
    f64::NAN,
];

type MakeLayer = fn(&mut Generator) -> Result<Box<dyn Module>, TorchError>;

const LAYERS: [(&str, MakeLayer); 10] = [
    ("linear", |g| Ok(Box::new(Linear::new(0, 3, g)?))),
    ("linear.to_none", |g| Ok(Box::new(Linear::new(3, 0, g)?))),
    ("linear.of_none", |g| Ok(Box::new(Linear::new(0, 0, g)?))),
    ("conv1d", |g| Ok(Box::new(Conv1d::new(0, 3, 2, g)?))),
    ("conv2d", |g| Ok(Box::new(Conv2d::new(0, 3, 2, g)?))),
    ("conv2d.to_none", |g| Ok(Box::new(Conv2d::new(3, 0, 2, g)?))),
    ("conv2d.kernel", |g| Ok(Box::new(Conv2d::new(3, 3, 0, g)?))),
    ("conv2d.side", |g| {
        Ok(Box::new(Conv2d::new(3, 3, [0, 2], g)?))
    }),
    ("conv_transpose2d", |g| {
        Ok(Box::new(ConvTranspose2d::new(0, 3, 2, g)?))
    }),
    ("conv_transpose2d.to_none", |g| {
        Ok(Box::new(ConvTranspose2d::new(3, 0, 2, g)?))
    }),
];

#[test]
fn layers_without_inputs_start_as_pytorchs() {
    let reference = reference("refusals.py", "without_inputs");
    let mut record = Record::default();
    for (name, make) in LAYERS {
        let mut generator = Generator::manual_seed(3);
        let layer = make(&mut generator).unwrap();
        record.keep_all(name, layer.state_dict().iter());
        let mut drawn = Tensor::empty([1], FLOAT_CPU);
        generator.uniform_(&mut drawn, 0.0, 1.0).unwrap();
        record.keep(format!("{name}.drawn"), &drawn);
    }
    record.assert_identical_to(&reference);
}

/// A refusal, which is said in a line.
fn is_refused<T>(made: Result<T, TorchError>) -> Tensor {
    let error = made.err().map(|error| error.to_string());
    assert!(
        error.iter().all(|text| text.lines().count() == 1),
        "{error:?}"
    );
    Tensor::from(error.is_some())
}

fn batch_norm(eps: f64, tracks: bool) -> BatchNorm2d {
    let builder = BatchNorm2d::builder(3).eps(eps);
    builder.track_running_stats(tracks).build().unwrap()
}

/// What depends on a number.
fn keep_numbers(record: &mut Record, x: &Tensor, generator: &mut Generator) {
    for (index, value) in VALUES.into_iter().enumerate() {
        for (name, tracks) in [("True", true), ("False", false)] {
            let layer = batch_norm(value, tracks);
            let refused = is_refused(layer.forward(x, &mut ForwardPass::train()));
            record.keep(format!("batch_norm.{name}.{index}"), &refused);
            if let Some(running) = layer.running {
                let count = running.num_batches_tracked;
                record.keep(format!("batch_norm.count.{index}"), &count);
            }
        }
        for (name, size) in [("empty", [0, 3, 2, 2]), ("single", [1, 3, 1, 1])] {
            let other = Tensor::ones(size, FLOAT_CPU);
            let output = batch_norm(value, true).forward(&other, &mut ForwardPass::train());
            record.keep(format!("batch_norm.{name}.{index}"), &is_refused(output));
        }
        let mut pass = ForwardPass::train().with_generator(generator);
        let refused = is_refused(Dropout::new(value).and_then(|layer| layer.forward(x, &mut pass)));
        drop(pass);
        record.keep(format!("dropout.{index}"), &refused);
        let refused = is_refused(Lstm::builder(3, 3).dropout(value).build(generator));
        record.keep(format!("lstm.dropout.{index}"), &refused);
    }
    for (index, eps) in [-1.0, -5e-324, 1e-300, f64::NAN].into_iter().enumerate() {
        let output = batch_norm(eps, true).forward(x, &mut ForwardPass::eval());
        record.keep(format!("batch_norm.eval.{index}"), &is_refused(output));
    }
}

#[test]
fn layers_refuse_what_pytorchs_refuse() {
    let reference = reference("refusals.py", "layers");
    let mut record = Record::default();
    let x = Tensor::arange(24, FLOAT_CPU).reshape([2, 3, 2, 2]);
    let generator = &mut Generator::manual_seed(0);
    keep_numbers(&mut record, &x, generator);
    for bits in 0..8_usize {
        let [input, hidden, layers] = [4, 2, 1].map(|bit| if bits & bit == 0 { 0 } else { 2 });
        let lstm = Lstm::builder(input, hidden).num_layers(layers);
        let name = format!("lstm.{input}{hidden}{layers}");
        record.keep(name, &is_refused(lstm.build(generator)));
    }
    for rows in [0, 1, 11] {
        for padding_idx in [-12, -11, -1, 0, 1, 10, 11, 12] {
            let layer = Embedding::builder(rows, 2).padding_idx(padding_idx);
            let refused = is_refused(layer.build(generator));
            record.keep(format!("embedding.{rows}.{padding_idx}"), &refused);
        }
    }
    for first in 0..4 {
        for second in 0..4 {
            let name = format!("{first}.{second}");
            let attention = MultiheadAttention::builder(first, second).build(generator);
            record.keep(format!("attention.{name}"), &is_refused(attention));
            let refused = is_refused(GroupNorm::new(first, second));
            record.keep(format!("group_norm.{name}"), &refused);
            for groups in 0..4 {
                let conv = Conv2d::builder(first, second, 1).groups(groups);
                record.keep(
                    format!("conv.{name}.{groups}"),
                    &is_refused(conv.build(generator)),
                );
            }
        }
    }
    record.assert_identical_to(&reference);
}

/// PyTorch 2.11 refuses it in `eval` mode as well.
#[test]
fn an_eps_of_zero_is_taken_where_the_variance_is_the_running_one() {
    let x = Tensor::ones([2, 3, 2, 2], FLOAT_CPU);
    let layer = batch_norm(0.0, true);
    assert!(layer.forward(&x, &mut ForwardPass::eval()).is_ok());
}

/// Python would go on until its memory is full.
#[test]
fn layers_that_no_memory_holds_are_refused_at_once() {
    let generator = &mut Generator::manual_seed(0);
    for (input, hidden, layers) in [
        (3, 3, usize::MAX),
        (3, 3, usize::MAX / 1000),
        (usize::MAX, 3, 1),
        (3, usize::MAX, 1),
        (1 << 62, 1, 1),
    ] {
        let lstm = Lstm::builder(input, hidden).num_layers(layers);
        assert!(lstm.build(generator).is_err(), "{input} {hidden} {layers}");
    }
}

const FRACTIONS: [&[f64]; 13] = [
    &[],
    &[1.0],
    &[0.5, 0.5],
    &[0.3, 0.3],
    &[0.5, 0.5 + 1e-10],
    &[0.5, 0.5 - 1e-10],
    &[0.5, 0.5 - 1e-8],
    &[0.1; 10],
    &[-0.5, 1.5],
    &[1.5, -0.5],
    &[0.0, 1.0],
    &[f64::NAN, 1.0],
    &[f64::INFINITY, f64::NEG_INFINITY],
];
const LENGTHS: [&[usize]; 8] = [
    &[],
    &[0],
    &[7],
    &[8],
    &[3, 4],
    &[3, 3],
    &[7, 0, 0],
    &[1 << 63, 1 << 63, 7],
];

#[test]
fn a_data_set_is_split_into_what_pytorch_splits_it_into() {
    let reference = reference("refusals.py", "splits");
    let rows = Tensor::arange(7, (Kind::Int64, Device::Cpu));
    let data = TensorDataset::new(rows.shallow_clone(), rows).unwrap();
    let generator = &mut Generator::manual_seed(0);
    let lengths = LENGTHS.map(|lengths| Ok(lengths.to_vec()));
    let fractions = FRACTIONS.map(|fractions| fractions_of(7, fractions));
    let mut record = Record::default();
    for (index, lengths) in lengths.into_iter().chain(fractions).enumerate() {
        let parts = lengths.and_then(|lengths| random_split(&data, &lengths, generator));
        record.keep(index.to_string(), &is_refused(parts));
    }
    record.assert_identical_to(&reference);
}
