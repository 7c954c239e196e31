//! No call of a child goes around the pass: whatever it takes and gives, its hook sees it, and
//! `with_eval_of` reaches it.

use tch::kind::FLOAT_CPU;
use tch::{Kind, Tensor};
use torch_twin::nn::{
    AttentionOptions, Call, Conv1d, Conv2d, ConvTranspose2d, Dropout, Forward, ForwardPass, Layer,
    Linear, Lstm, LstmState, ModuleList, MultiheadAttention, Relu, Sequential, module, sequential,
};
use torch_twin::{Generator, TorchError};

module! {
    /// `forward(x, memory)`, of which the first is added to the second.
    struct Merge(generator: &mut Generator) {
        fc: Linear = Linear::new(4, 4, generator)?,
        drop: Dropout = Dropout::new(0.5)?,
    }
}

impl Forward<(&Tensor, &Tensor), (Tensor, Tensor)> for Merge {
    fn forward(
        &self,
        (x, memory): &(&Tensor, &Tensor),
        pass: &mut ForwardPass<'_>,
    ) -> Result<(Tensor, Tensor), TorchError> {
        let sum = self.fc.forward(x, pass)?.f_add(memory)?;
        Ok((self.drop.forward(&sum, pass)?, sum))
    }
}

impl Merge {
    fn features(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        self.fc.forward(x, pass)
    }
}

module! {
    /// A call of each kind.
    struct Every(generator: &mut Generator) {
        lstm: Lstm = Lstm::builder(4, 4).num_layers(2).dropout(0.5).build(generator)?,
        attention: MultiheadAttention = MultiheadAttention::builder(4, 2).dropout(0.5).build(generator)?,
        merge: Merge = Merge::new(generator)?,
        blocks: ModuleList<Sequential> = ModuleList::new([
            sequential![Linear::new(4, 4, generator)?, Dropout::new(0.5)?],
            sequential![Dropout::new(0.5)?],
        ]),
        lists: ModuleList<ModuleList<Dropout>> =
            ModuleList::new([ModuleList::new([Dropout::new(0.5)?, Dropout::new(0.5)?])]),
    }
}

impl Forward for Every {
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        let (x, state) = self.lstm.forward(x, pass)?;
        let (x, _) = self.lstm.forward(&(&x, Some(&state)), pass)?;
        let (x, _) = self.attention.forward(&(&x, &x, &x), pass)?;
        let mask = Tensor::f_zeros([3, 3], (Kind::Bool, x.device()))?;
        let options = AttentionOptions {
            attn_mask: Some(&mask),
            ..AttentionOptions::default()
        };
        let (x, _) = self.attention.forward(&(&x, &x, &x, options), pass)?;
        let (x, _) = self.merge.forward(&(&x, &x), pass)?;
        let mut x = self
            .merge
            .within(pass, |merge, pass| merge.features(&x, pass))?;
        for block in &self.blocks {
            x = block.forward(&x, pass)?;
        }
        x = self.blocks.get(0)?.forward(&x, pass)?;
        for list in &self.lists {
            for layer in list.iter() {
                x = layer.forward(&x, pass)?;
            }
        }
        Ok(x)
    }
}

/// Each call's name, and how many tensors it took and gave.
const CALLS: [(&str, usize, usize); 18] = [
    ("lstm", 1, 3),
    ("lstm", 3, 3),
    ("attention", 3, 2),
    ("attention", 4, 2),
    ("merge.fc", 1, 1),
    ("merge.drop", 1, 1),
    ("merge", 2, 2),
    ("merge.fc", 1, 1),
    ("blocks.0.0", 1, 1),
    ("blocks.0.1", 1, 1),
    ("blocks.0", 1, 1),
    ("blocks.1.0", 1, 1),
    ("blocks.1", 1, 1),
    ("blocks.0.0", 1, 1),
    ("blocks.0.1", 1, 1),
    ("blocks.0", 1, 1),
    ("lists.0.0", 1, 1),
    ("lists.0.1", 1, 1),
];

fn input() -> Tensor {
    Tensor::ones([3, 2, 4], FLOAT_CPU)
}

#[test]
fn a_hook_sees_every_call_of_a_child_whatever_it_takes_and_gives() {
    let generator = &mut Generator::manual_seed(0);
    let network = Every::new(generator).unwrap();
    let mut calls = Vec::new();
    let mut pass = ForwardPass::train()
        .with_generator(generator)
        .with_hook(|call: &Call<'_>| {
            calls.push((call.name.to_owned(), call.inputs.len(), call.outputs.len()));
        });
    let _output = network.forward(&input(), &mut pass).unwrap();
    drop(pass);
    let calls: Vec<_> = calls
        .iter()
        .map(|(name, inputs, outputs)| (name.as_str(), *inputs, *outputs))
        .collect();
    assert_eq!(calls, CALLS);
}

#[test]
fn every_module_that_draws_is_reached_by_with_eval_of() {
    let network = Every::new(&mut Generator::manual_seed(0)).unwrap();
    let expected = network.forward(&input(), &mut ForwardPass::eval()).unwrap();
    let drawing = ["lstm", "attention", "merge", "blocks", "lists"];
    // Without a generator, whatever is still in train mode fails.
    let with_eval_of = |names: &[&str]| {
        let pass = |pass: ForwardPass<'static>, name: &&str| pass.with_eval_of(&network, *name);
        names.iter().try_fold(ForwardPass::train(), pass).unwrap()
    };
    assert_eq!(
        network
            .forward(&input(), &mut with_eval_of(&drawing))
            .unwrap(),
        expected
    );
    for left_out in drawing {
        let others = drawing.into_iter().filter(|name| *name != left_out);
        let others: Vec<_> = others.collect();
        let outcome = network.forward(&input(), &mut with_eval_of(&others));
        assert!(outcome.is_err(), "{left_out} draws nothing");
    }
}

#[test]
fn a_state_of_an_lstm_is_the_same_in_both_calls() {
    let generator = &mut Generator::manual_seed(0);
    let lstm = Lstm::builder(4, 4).build(generator).unwrap();
    let pass = &mut ForwardPass::eval();
    let zeros = || Tensor::zeros([1, 2, 4], FLOAT_CPU);
    let state: LstmState = (zeros(), zeros());
    let (by_default, _) = lstm.forward(&input(), pass).unwrap();
    let (given, _) = lstm.forward(&(&input(), Some(&state)), pass).unwrap();
    let (none, _) = lstm.forward(&(&input(), None), pass).unwrap();
    assert_eq!(by_default, given);
    assert_eq!(by_default, none);
}

#[test]
fn wrong_channels_are_told_with_the_modules_name() {
    let generator = &mut Generator::manual_seed(0);
    let conv = Conv2d::builder(3, 4, 3).padding(1).build(generator);
    let layers: [(&[i64], Box<dyn Layer>); 6] = [
        (
            &[2, 40, 8, 8],
            Box::new(Conv2d::new(3, 4, 3, generator).unwrap()),
        ),
        (
            &[40, 8, 8],
            Box::new(Conv2d::new(3, 4, 3, generator).unwrap()),
        ),
        (&[2, 40, 8, 8], Box::new(conv.unwrap())),
        (
            &[2, 40, 8],
            Box::new(Conv1d::new(3, 4, 3, generator).unwrap()),
        ),
        (
            &[2, 40, 8, 8],
            Box::new(ConvTranspose2d::new(3, 4, 3, generator).unwrap()),
        ),
        (
            &[2, 40, 8, 8],
            Box::new(Conv2d::builder(3, 6, 3).groups(3).build(generator).unwrap()),
        ),
    ];
    for (size, layer) in layers {
        let conv1 = sequential![Relu, Sequential::new([layer])];
        let input = Tensor::ones(size, FLOAT_CPU);
        let error = conv1.forward(&input, &mut ForwardPass::eval()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "in `1.0`: expected 3 channels, got 40",
            "{size:?}"
        );
    }
    // What else is wrong is libtorch's to tell.
    let small = Conv2d::new(3, 4, 3, generator).unwrap();
    let input = Tensor::ones([2, 3, 2, 2], FLOAT_CPU);
    let error = small.forward(&input, &mut ForwardPass::eval()).unwrap_err();
    assert!(error.to_string().starts_with("libtorch: "), "{error}");
}
