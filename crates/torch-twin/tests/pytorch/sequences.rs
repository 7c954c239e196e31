//! Modules for sequences against PyTorch's: what they start with, give, and learn from.

use tch::{Device, Kind, Tensor};
use torch_twin::Generator;
use torch_twin::nn::{
    AttentionOptions, Forward, ForwardPass, Lstm, LstmBuilder, LstmState, Module,
    MultiheadAttention, MultiheadAttentionBuilder,
};

use crate::common::observe::uniform;
use crate::common::{Record, SEEDS, reference, reference_on};

fn keep_gradients(record: &mut Record, prefix: &str, module: &dyn Module) {
    for entry in module.state_dict().parameters() {
        record.keep(
            format!("{prefix}.grad.{}", entry.name),
            &entry.tensor.grad(),
        );
    }
}

fn observe_lstm(record: &mut Record, name: &str, lstm: &Lstm, generator: &mut Generator) {
    record.keep_all(&format!("{name}.initial"), lstm.state_dict().iter());
    let mut state: Option<LstmState> = None;
    for step in 0..2 {
        let x = uniform(&[5, 3, 6], generator).set_requires_grad(true);
        let pass = &mut ForwardPass::train().with_generator(generator);
        let (output, (h, c)) = lstm.forward(&(&x, state.as_ref()), pass).unwrap();
        let [by_output, by_h, by_c] = [&output, &h, &c].map(|x| x.square().sum(Kind::Float));
        (by_output + by_h + by_c).backward();
        let prefix = format!("{name}.{step}");
        record.keep_all(
            &prefix,
            [("output", &output), ("h", &h), ("c", &c), ("x", &x.grad())],
        );
        keep_gradients(record, &prefix, lstm);
        state = Some((h.detach(), c.detach()));
    }
    let x = uniform(&[5, 3, 6], generator);
    let _no_grad = tch::no_grad_guard();
    let (output, (h, c)) = lstm.forward(&x, &mut ForwardPass::eval()).unwrap();
    record.keep_all(
        &format!("{name}.eval"),
        [("output", &output), ("h", &h), ("c", &c)],
    );
}

#[test]
fn an_lstm_is_pytorchs_on_one_thread_and_on_two() {
    let variants: [fn(LstmBuilder) -> LstmBuilder; 6] = [
        |lstm| lstm,
        |lstm| lstm.bias(false),
        |lstm| lstm.batch_first(true),
        |lstm| lstm.num_layers(2),
        |lstm| lstm.num_layers(3).dropout(0.4),
        |lstm| {
            let lstm = lstm.num_layers(2).bidirectional(true);
            lstm.dropout(0.2).batch_first(true)
        },
    ];
    for threads in [1, 2] {
        let reference = reference_on(threads, "sequences.py", "lstm");
        let mut record = Record::default();
        for seed in SEEDS {
            for (index, variant) in variants.iter().enumerate() {
                let generator = &mut Generator::manual_seed(seed);
                let lstm = variant(Lstm::builder(6, 8)).build(generator).unwrap();
                let name = format!("{}.{index}", seed.cast_signed());
                observe_lstm(&mut record, &name, &lstm, generator);
            }
        }
        record.assert_identical_to(&reference);
    }
}

/// The masks of `MASKS`.
struct Masks {
    causal: Tensor,
    padding: Tensor,
    scores: Tensor,
}

impl Masks {
    fn new() -> Self {
        let integers = (Kind::Int64, Device::Cpu);
        let lengths = Tensor::from_slice(&[2_i64, 4, 3]).unsqueeze(1);
        Self {
            causal: Tensor::ones([5, 5], (Kind::Bool, Device::Cpu)).triu(1),
            padding: Tensor::arange(5, integers)
                .repeat([3, 1])
                .gt_tensor(&lengths),
            scores: Tensor::arange(25, integers).reshape([5, 5]).remainder(7) / 8,
        }
    }

    /// The variants of `ATTENTIONS`.
    fn variants(&self) -> Vec<(Change, AttentionOptions<'_>)> {
        let plain = AttentionOptions::default();
        let short = AttentionOptions {
            need_weights: false,
            ..plain
        };
        let by_head = AttentionOptions {
            average_attn_weights: false,
            ..plain
        };
        let causal_hint = AttentionOptions {
            attn_mask: Some(&self.causal),
            is_causal: true,
            ..short
        };
        let both = AttentionOptions {
            attn_mask: Some(&self.causal),
            key_padding_mask: Some(&self.padding),
            ..plain
        };
        let padding = AttentionOptions {
            key_padding_mask: Some(&self.padding),
            ..short
        };
        let scores = |options| AttentionOptions {
            attn_mask: Some(&self.scores),
            ..options
        };
        let as_it_is: Change = |module| module;
        let batch_first: Change = |module| module.batch_first(true);
        vec![
            (as_it_is, plain),
            (|module| module.bias(false), by_head),
            (batch_first, plain),
            (batch_first, short),
            (|module| module.batch_first(true).dropout(0.3), plain),
            (|module| module.dropout(0.3), short),
            (batch_first, causal_hint),
            (batch_first, both),
            (as_it_is, padding),
            (as_it_is, scores(short)),
            (as_it_is, scores(plain)),
        ]
    }
}

type Builder = MultiheadAttentionBuilder;
type Change = fn(Builder) -> Builder;

fn observe_attention(
    record: &mut Record,
    name: &str,
    module: &MultiheadAttention,
    shape: &[i64],
    options: AttentionOptions<'_>,
    generator: &mut Generator,
) {
    for shared in [3, 2, 1] {
        let [x, y, z] = [(); 3].map(|()| uniform(shape, generator).set_requires_grad(true));
        let inputs = match shared {
            3 => [&x, &x, &x],
            2 => [&x, &y, &y],
            _ => [&x, &y, &z],
        };
        let [q, k, v] = inputs;
        let pass = &mut ForwardPass::train().with_generator(generator);
        let (output, weights) = module.forward(&(q, k, v, options), pass).unwrap();
        output.square().sum(Kind::Float).backward();
        let prefix = format!("{name}.{shared}");
        record.keep_all(&prefix, [("output", &output), ("x", &x.grad())]);
        if let Some(weights) = weights {
            record.keep(format!("{prefix}.weights"), &weights);
        }
        keep_gradients(record, &prefix, module);
    }
    let x = uniform(shape, generator);
    let evaluate = || {
        let pass = &mut ForwardPass::eval();
        module.forward(&(&x, &x, &x, options), pass).unwrap()
    };
    record.keep(format!("{name}.eval"), &evaluate().0);
    let (output, weights) = tch::no_grad(evaluate);
    record.keep(format!("{name}.native"), &output);
    if let Some(weights) = weights {
        record.keep(format!("{name}.native_weights"), &weights);
    }
}

#[test]
fn attention_is_pytorchs_with_each_mask_and_by_each_path() {
    let reference = reference("sequences.py", "attention");
    let masks = Masks::new();
    let mut record = Record::default();
    for seed in SEEDS {
        for (index, (variant, options)) in masks.variants().into_iter().enumerate() {
            let generator = &mut Generator::manual_seed(seed);
            let builder = variant(MultiheadAttention::builder(8, 2));
            let module = builder.clone().build(generator).unwrap();
            let name = format!("{}.{index}", seed.cast_signed());
            record.keep_all(&format!("{name}.initial"), module.state_dict().iter());
            // Indices 2, 3, 4, 6 and 7 have batch_first.
            let batch_first = [2, 3, 4, 6, 7].contains(&index);
            let shape: &[i64] = if batch_first { &[3, 5, 8] } else { &[5, 3, 8] };
            observe_attention(&mut record, &name, &module, shape, options, generator);
        }
    }
    record.assert_identical_to(&reference);
}

#[test]
fn an_lstm_refuses_what_libtorch_would_read_beyond_its_memory_for() {
    let generator = &mut Generator::manual_seed(0);
    assert!(Lstm::builder(6, 8).num_layers(0).build(generator).is_err());
    assert!(Lstm::builder(6, 0).build(generator).is_err());
    assert!(Lstm::builder(6, 8).dropout(1.5).build(generator).is_err());
    let lstm = Lstm::builder(6, 8).build(generator).unwrap();
    let zeros = |shape: &[i64]| Tensor::zeros(shape, (Kind::Float, Device::Cpu));
    let refusal = |input: &[i64], state: Option<[&[i64]; 2]>| {
        let state = state.map(|[h, c]| (zeros(h), zeros(c)));
        let output = lstm.forward(&(&zeros(input), state.as_ref()), &mut ForwardPass::eval());
        output.err().map(|error| error.to_string())
    };
    let good: &[i64] = &[1, 3, 8];
    assert_eq!(refusal(&[5, 3, 6], Some([good, good])), None);
    for (input, state) in [
        (&[5_i64, 3, 7][..], None),
        (&[5, 3, 30], None),
        (&[5, 6], None),
        (&[5, 3, 6], Some([&[1, 1, 8][..], good])),
        (&[5, 3, 6], Some([good, &[2, 3, 8][..]])),
        (&[5, 3, 6], Some([&[1, 3, 9][..], good])),
    ] {
        assert!(refusal(input, state).is_some(), "{input:?} {state:?}");
    }
}

#[test]
fn attention_refuses_masks_that_python_refuses() {
    let generator = &mut Generator::manual_seed(0);
    let module = MultiheadAttention::builder(8, 2).build(generator).unwrap();
    let x = Tensor::zeros([5, 3, 8], (Kind::Float, Device::Cpu));
    let short = Tensor::zeros([4, 3, 8], (Kind::Float, Device::Cpu));
    let mask = |shape: &[i64], kind| Tensor::zeros(shape, (kind, Device::Cpu));
    let is_refused = |inputs: [&Tensor; 3], attn: Option<Tensor>, padding: Option<Tensor>| {
        let options = AttentionOptions {
            attn_mask: attn.as_ref(),
            key_padding_mask: padding.as_ref(),
            ..AttentionOptions::default()
        };
        let [q, k, v] = inputs;
        module
            .forward(&(q, k, v, options), &mut ForwardPass::train())
            .is_err()
    };
    let same = [&x, &x, &x];
    assert!(!is_refused(same, Some(mask(&[5, 5], Kind::Bool)), None));
    assert!(!is_refused(same, Some(mask(&[6, 5, 5], Kind::Float)), None));
    assert!(!is_refused(
        [&x, &short, &short],
        None,
        Some(mask(&[3, 4], Kind::Bool))
    ));
    for attn in [
        mask(&[3, 3], Kind::Bool),
        mask(&[1, 5], Kind::Float),
        mask(&[1, 5, 5], Kind::Float),
        mask(&[5, 5], Kind::Uint8),
        mask(&[5, 5], Kind::Double),
    ] {
        let words = format!("{attn:?}");
        assert!(is_refused(same, Some(attn), None), "{words}");
    }
    for padding in [mask(&[5, 3], Kind::Bool), mask(&[3, 5], Kind::Int64)] {
        let words = format!("{padding:?}");
        assert!(is_refused(same, None, Some(padding)), "{words}");
    }
    let whole = x.to_kind(Kind::Int64);
    let causal = Some(mask(&[5, 5], Kind::Bool));
    assert!(is_refused([&whole, &whole, &whole], causal, None));
    let narrow = Tensor::zeros([5, 3, 6], (Kind::Float, Device::Cpu));
    assert!(is_refused([&x, &narrow, &narrow], None, None));
}
