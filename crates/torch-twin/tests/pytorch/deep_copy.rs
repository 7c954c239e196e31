//! Deep copies against PyTorch's.

use torch_twin::prelude::*;

use crate::common::observe::for_each_seed;
use crate::common::reference;

module! {
    struct Block(generator: &mut Generator) {
        norm: BatchNorm1d = BatchNorm1d::new(6)?,
        act: Box<dyn Layer> = Box::new(LeakyRelu::builder().negative_slope(0.2).build()?),
        lstm: Lstm = Lstm::builder(6, 6).batch_first(true).build(generator)?,
        attention: MultiheadAttention =
            MultiheadAttention::builder(6, 2).batch_first(true).build(generator)?,
    }
}

module! {
    /// Of all kinds of lines, with tied weights and a frozen one.
    struct Network(generator: &mut Generator) {
        embedding: Embedding = Embedding::builder(7, 6).padding_idx(2).build(generator)?,
        blocks: ModuleList<Block> =
            ModuleList::new([Block::new(generator)?, Block::new(generator)?]),
        extra: Option<Sequential> =
            Some(sequential![Linear::new(6, 6, generator)?, LayerNorm::new([6])?, Gelu::new()?]),
        head: Linear = {
            let _drawn = Linear::builder(6, 7).bias(false).build(generator)?;
            Linear::from_tensors(embedding.weight.shallow_clone(), None)
        },
        param scale: Tensor = Tensor::f_ones([6], (Kind::Float, Device::Cpu))?,
        param missing: Option<Tensor> = None,
        buffer shift: Tensor = Tensor::f_arange(6, (Kind::Float, Device::Cpu))?,
        field tied: Vec<Option<Tensor>> = vec![Some(scale.shallow_clone()), None],
        field widths: Vec<usize> = vec![6, 7],
    }
}

impl Forward for Network {
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor> {
        let mut x = self.embedding.forward(x, pass)?;
        for block in &self.blocks {
            let Block {
                norm,
                act,
                lstm,
                attention,
            } = block.module();
            x = norm.forward(&x.f_transpose(1, 2)?, pass)?;
            x = act.forward(&x.f_transpose(1, 2)?, pass)?;
            (x, _) = lstm.forward(&x, pass)?;
            (x, _) = attention.forward(&(&x, &x, &x), pass)?;
        }
        if let Some(extra) = &self.extra {
            x = extra.forward(&x, pass)?;
        }
        let x = x.f_mul(&self.scale)?.f_add(&self.shift)?;
        self.head.forward(&x, pass)
    }
}

fn train(network: &Network, words: &Tensor) {
    let options = SgdOptions {
        lr: 0.5,
        ..SgdOptions::default()
    };
    let mut optimizer = Sgd::new(network.parameters(), options).unwrap();
    let output = network.forward(words, &mut ForwardPass::train()).unwrap();
    let loss = functional::cross_entropy(&output.flatten(0, 1), &words.flatten(0, 1));
    loss.unwrap().backward();
    optimizer.step().unwrap();
    optimizer.zero_grad().unwrap();
}

#[test]
fn a_deep_copy_is_pytorchs_and_trains_by_itself() {
    let reference = reference("deep_copy.py", "deep_copy");
    let words = (Tensor::arange(20, (Kind::Int64, Device::Cpu)).reshape([4, 5]) * 3).remainder(7);
    let record = for_each_seed(|record, seed, generator| {
        let network = Network::new(generator).unwrap();
        let _ = network.scale.set_requires_grad(false);
        train(&network, &words);
        let copied = network.deep_copy().unwrap();
        train(&network, &words);
        record.keep_all(&format!("{seed}.copied"), copied.state_dict().iter());
        for _ in 0..2 {
            train(&copied, &words);
        }
        record.keep_all(&format!("{seed}.network"), network.state_dict().iter());
        record.keep_all(&format!("{seed}.trained"), copied.state_dict().iter());
        for (name, parameter) in copied.named_parameters() {
            let requires_grad = Tensor::from(parameter.requires_grad());
            record.keep(format!("{seed}.{name}.requires_grad"), &requires_grad);
        }
    });
    record.assert_identical_to(&reference);
}

#[test]
fn fields_are_copied_and_what_is_tied_to_them_stays_tied() {
    let network = Network::new(&mut Generator::manual_seed(0)).unwrap();
    let copy = network.deep_copy().unwrap();
    assert_eq!(copy.widths, [6, 7]);
    let tied = copy.tied[0].as_ref().unwrap();
    let _ = no_grad(|| tied.shallow_clone().fill_(3.0));
    assert_eq!(copy.scale.max().double_value(&[]), 3.0);
    assert_eq!(network.scale.max().double_value(&[]), 1.0);
    assert_eq!(copy.parameters().len(), network.parameters().len());
    // Not the values alone: gradients do not go with a copy.
    network.scale.sum(Kind::Float).backward();
    assert!(!network.deep_copy().unwrap().scale.grad().defined());
}

struct ByHand;

impl Module for ByHand {}

module! {
    struct Odd() {
        field rule: Box<dyn Fn(f64) -> f64> = Box::new(|x| x + 1.0),
    }
}

module! {
    struct Around() {
        inner: ByHand = ByHand,
    }
}

#[test]
fn what_cannot_be_copied_is_named() {
    let words = |error: Option<TorchError>| error.map(|error| error.to_string());
    let odd = Odd::new().unwrap();
    assert_eq!((odd.rule)(1.0), 2.0);
    let error = words(odd.deep_copy().err()).unwrap();
    assert!(
        error.contains("dyn core::ops::function::Fn(f64)"),
        "{error}"
    );
    let error = words(Around::new().unwrap().deep_copy().err()).unwrap();
    assert!(
        error.starts_with("in `inner`: ") && error.contains("ByHand cannot"),
        "{error}"
    );
    let x = Tensor::ones([2], (Kind::Float, Device::Cpu)).set_requires_grad(true);
    let computed = Linear::from_tensors(x.reshape([1, 2]) * 2, None);
    let error = words(computed.deep_copy().err()).unwrap();
    assert!(error.contains("detach it"), "{error}");
}
