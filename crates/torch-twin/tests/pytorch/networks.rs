//! Networks of layers against PyTorch's, module by module.

use tch::{Kind, Tensor};
use torch_twin::nn::{
    AvgPool2d, BatchNorm2d, Conv2d, Dropout, Forward, ForwardPass, Linear, MaxPool2d, ModuleList,
    Sequential, module, sequential,
};
use torch_twin::{Generator, TorchError};

use crate::common::observe::{for_each_seed, observe, observe_by};
use crate::common::{reference, reference_on};

module! {
    struct Block(in_channels: usize, out_channels: usize, stride: usize, generator: &mut Generator) {
        conv1: Conv2d = Conv2d::builder(in_channels, out_channels, 3)
            .stride(stride).padding(1).bias(false).build(generator)?,
        bn1: BatchNorm2d = BatchNorm2d::new(out_channels)?,
        conv2: Conv2d = Conv2d::builder(out_channels, out_channels, 3)
            .padding(1).bias(false).build(generator)?,
        bn2: BatchNorm2d = BatchNorm2d::new(out_channels)?,
        shortcut: Sequential = sequential![
            Conv2d::builder(in_channels, out_channels, 1).stride(stride).build(generator)?,
            BatchNorm2d::new(out_channels)?,
        ],
    }
}

impl Forward for Block {
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        let y = self
            .bn1
            .forward(&self.conv1.forward(x, pass)?, pass)?
            .relu();
        let y = self.bn2.forward(&self.conv2.forward(&y, pass)?, pass)?;
        Ok((y + self.shortcut.forward(x, pass)?).relu())
    }
}

module! {
    /// Declared in another order than called, so that no order can pass for the other.
    struct Network(generator: &mut Generator) {
        fc: Linear = Linear::new(16 * 2 * 2, 10, generator)?,
        stem: Conv2d = Conv2d::builder(3, 8, 3).padding(1).build(generator)?,
        max_pool: MaxPool2d = MaxPool2d::new(2)?,
        avg_pool: AvgPool2d = AvgPool2d::new(2)?,
        blocks: Sequential = sequential![
            Block::new(8, 8, 1, generator)?,
            Block::new(8, 16, 2, generator)?,
        ],
    }
}

impl Forward for Network {
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        let x = self
            .max_pool
            .forward(&self.stem.forward(x, pass)?.relu(), pass)?;
        let x = self
            .avg_pool
            .forward(&self.blocks.forward(&x, pass)?, pass)?;
        self.fc.forward(&x.flatten(1, -1), pass)
    }
}

module! {
    /// Parts of it are left in eval mode, a list has members, and a weight has two names.
    struct Frozen(generator: &mut Generator) {
        blocks: ModuleList<Block> =
            ModuleList::new([Block::new(4, 4, 1, generator)?, Block::new(4, 4, 1, generator)?]),
        drop: Dropout = Dropout::new(0.3)?,
        fc: Linear = Linear::builder(4, 4).bias(false).build(generator)?,
        tied: Linear = {
            let _drawn_as_in_python = Linear::builder(4, 4).bias(false).build(generator)?;
            Linear::from_tensors(fc.weight.shallow_clone(), None)
        },
    }
}

impl Forward for Frozen {
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        let mut x = x.shallow_clone();
        for block in &self.blocks {
            x = block.forward(&x, pass)?;
        }
        let x = x.mean_dim([2_i64, 3].as_slice(), false, None::<Kind>);
        let x = self.fc.forward(&self.drop.forward(&x, pass)?, pass)?;
        self.tied.forward(&x.relu(), pass)
    }
}

#[test]
fn a_nested_network_is_pytorchs_module_by_module_on_one_thread_and_on_two() {
    for threads in [1, 2] {
        let reference = reference_on(threads, "layers.py", "network");
        let record = for_each_seed(|record, seed, generator| {
            let network = Network::new(generator).unwrap();
            observe(record, seed, &network, &[6, 3, 16, 16], generator);
        });
        record.assert_identical_to(&reference);
    }
}

#[test]
fn parts_in_eval_mode_members_of_lists_and_tied_weights_are_as_in_pytorch() {
    let reference = reference("layers.py", "frozen");
    let record = for_each_seed(|record, seed, generator| {
        let network = Frozen::new(generator).unwrap();
        let train = || {
            let pass = ForwardPass::train().with_eval_of(&network, "blocks.1.bn1");
            pass.unwrap()
                .with_eval_of(&network, "blocks.0.shortcut")
                .unwrap()
        };
        observe_by(train, record, seed, &network, &[6, 4, 8, 8], generator);
    });
    record.assert_identical_to(&reference);
}

#[test]
fn dropout_in_training_without_a_generator_is_a_clear_error() {
    let network = Frozen::new(&mut Generator::manual_seed(0)).unwrap();
    let x = Tensor::zeros([2, 4, 8, 8], tch::kind::FLOAT_CPU);
    let error = network.forward(&x, &mut ForwardPass::train()).unwrap_err();
    assert!(error.to_string().contains("with_generator"), "{error}");
}

#[test]
fn an_error_says_in_which_module_it_happened() {
    let generator = &mut Generator::manual_seed(0);
    let network = Frozen::new(generator).unwrap();
    let x = Tensor::zeros([2, 40, 8, 8], tch::kind::FLOAT_CPU);
    let told_of = |mut pass: ForwardPass<'_>| {
        let error = network.forward(&x, &mut pass).unwrap_err();
        assert_eq!(format!("{error:?}"), error.to_string());
        error.to_string()
    };
    let plain = told_of(ForwardPass::eval());
    assert_eq!(plain, "in `blocks.0.conv1`: expected 4 channels, got 40");
    assert_eq!(told_of(ForwardPass::eval().with_hook(|_| {})), plain);
    let x = Tensor::zeros([2, 4, 8, 8], tch::kind::FLOAT_CPU);
    let error = network.forward(&x, &mut ForwardPass::train()).unwrap_err();
    let words =
        "in `drop`: a module draws random numbers: give the pass a generator by with_generator";
    assert_eq!(error.to_string(), words);
}

#[test]
fn a_name_that_no_module_has_is_an_error_that_tells_the_names() {
    let network = Frozen::new(&mut Generator::manual_seed(0)).unwrap();
    let words = |name: &str| {
        let pass = ForwardPass::train().with_eval_of(&network, name);
        pass.err().map(|error| error.to_string())
    };
    assert_eq!(words("blocks.0.bn1"), None);
    assert_eq!(
        words("blocks.0.bm1").as_deref(),
        Some(
            "no module is called `blocks.0.bm1`: `blocks.0` has `conv1`, `bn1`, `conv2`, `bn2`, `shortcut`"
        )
    );
    assert_eq!(
        words("block.0.bn1").as_deref(),
        Some("no module is called `block.0.bn1`: the network has `blocks`, `drop`, `fc`, `tied`")
    );
}

#[test]
fn a_missing_file_is_named_also_where_main_prints_the_error() {
    let missing = std::path::Path::new("no/such.safetensors");
    let error = torch_twin::weights::load(missing, 1 << 20).unwrap_err();
    let printed = format!("{:?}", Box::<dyn std::error::Error>::from(error));
    assert_eq!(
        printed,
        "no/such.safetensors: cannot be used: No such file or directory (os error 2)"
    );
}
