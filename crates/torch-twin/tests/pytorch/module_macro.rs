//! What `module!` makes of each kind of line, and networks of such lines against PyTorch's.

use tch::{Device, Kind, Tensor};
use torch_twin::prelude::*;

use crate::common::observe::{for_each_seed, observe};
use crate::common::reference;

module! {
    /// `torchvision.models.mobilenetv2.InvertedResidual`.
    struct InvertedResidual(inp: usize, oup: usize, stride: usize, generator: &mut Generator) {
        field use_res_connect: bool = stride == 1 && inp == oup,
        conv: Sequential = sequential![
            sequential![
                Conv2d::builder(inp, 2 * inp, 1).bias(false).build(generator)?,
                BatchNorm2d::new(2 * inp)?,
                Relu6,
            ],
            sequential![
                Conv2d::builder(2 * inp, 2 * inp, 3).stride(stride).padding(1).groups(2 * inp)
                    .bias(false).build(generator)?,
                BatchNorm2d::new(2 * inp)?,
                Relu6,
            ],
            Conv2d::builder(2 * inp, oup, 1).bias(false).build(generator)?,
            BatchNorm2d::new(oup)?,
        ],
    }
}

impl Forward for InvertedResidual {
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor> {
        let y = self.conv.forward(x, pass)?;
        match self.use_res_connect {
            true => Ok(x.f_add(&y)?),
            false => Ok(y),
        }
    }
}

module! {
    /// `torchvision.models.resnet.BasicBlock`, whose activation is chosen by the caller.
    struct BasicBlock(inplanes: usize, planes: usize, act: Box<dyn Layer>, generator: &mut Generator) {
        conv1: Conv2d =
            Conv2d::builder(inplanes, planes, 3).padding(1).bias(false).build(generator)?,
        bn1: BatchNorm2d = BatchNorm2d::new(planes)?,
        act: Box<dyn Layer> = act,
        downsample: Option<Sequential> = match inplanes == planes {
            true => None,
            false => Some(sequential![
                Conv2d::builder(inplanes, planes, 1).bias(false).build(generator)?,
                BatchNorm2d::new(planes)?,
            ]),
        },
    }
}

impl Forward for BasicBlock {
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor> {
        let out = self.bn1.forward(&self.conv1.forward(x, pass)?, pass)?;
        let identity = match &self.downsample {
            Some(downsample) => downsample.forward(x, pass)?,
            None => x.shallow_clone(),
        };
        self.act.forward(&out.f_add(&identity)?, pass)
    }
}

module! {
    struct EncoderBlock(generator: &mut Generator) {
        ln_1: LayerNorm = LayerNorm::new([8])?,
        self_attention: MultiheadAttention =
            MultiheadAttention::builder(8, 2).batch_first(true).build(generator)?,
        ln_2: LayerNorm = LayerNorm::new([8])?,
        mlp: Sequential = sequential![
            Linear::new(8, 16, generator)?,
            Gelu::new()?,
            Linear::new(16, 8, generator)?,
        ],
    }
}

impl Forward for EncoderBlock {
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor> {
        let y = self.ln_1.forward(x, pass)?;
        let options = AttentionOptions {
            need_weights: false,
            ..AttentionOptions::default()
        };
        let (y, _) = self.self_attention.forward(&(&y, &y, &y, options), pass)?;
        let x = x.f_add(&y)?;
        let y = self.mlp.forward(&self.ln_2.forward(&x, pass)?, pass)?;
        Ok(x.f_add(&y)?)
    }
}

module! {
    /// A small vision transformer. `match` is a keyword of Rust.
    struct VisionTransformer(generator: &mut Generator) {
        param class_token: Tensor = Tensor::f_zeros([1, 1, 8], (Kind::Float, Device::Cpu))?,
        conv_proj: Conv2d = Conv2d::builder(3, 8, 4).stride(4).build(generator)?,
        param pos_embedding: Tensor = generator.randn([1, 5, 8], (Kind::Float, Device::Cpu))?,
        buffer mean: Tensor = Tensor::f_full([3, 1, 1], 0.25, (Kind::Float, Device::Cpu))?,
        layers: ModuleList<EncoderBlock> =
            ModuleList::new([EncoderBlock::new(generator)?, EncoderBlock::new(generator)?]),
        #[name = "match"]
        match_: Linear = Linear::new(8, 10, generator)?,
    }
}

impl Forward for VisionTransformer {
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor> {
        let x = self.conv_proj.forward(&x.f_sub(&self.mean)?, pass)?; // N×8×2×2
        let x = x.f_flatten(2, 3)?.f_permute([0, 2, 1])?; // N×4×8
        let token = self.class_token.f_expand([x.size()[0], -1, -1], false)?;
        let mut x = Tensor::f_cat(&[token, x], 1)?.f_add(&self.pos_embedding)?; // N×5×8
        for layer in &self.layers {
            x = layer.forward(&x, pass)?;
        }
        self.match_.forward(&x.f_select(1, 0)?, pass) // N×10
    }
}

#[test]
fn a_mobilenets_residual_is_pytorchs() {
    let reference = reference("layers.py", "inverted_residual");
    let record = for_each_seed(|record, seed, generator| {
        for (index, (inp, oup, stride)) in [(4, 4, 1), (4, 4, 2), (4, 6, 1)].into_iter().enumerate()
        {
            let block = InvertedResidual::new(inp, oup, stride, generator).unwrap();
            let name = format!("{seed}.{index}");
            observe(record, &name, &block, &[3, inp as i64, 8, 8], generator);
        }
    });
    record.assert_identical_to(&reference);
}

#[test]
fn a_block_with_and_without_an_option_and_with_any_activation_is_pytorchs() {
    let reference = reference("layers.py", "basic_block");
    let record = for_each_seed(|record, seed, generator| {
        let acts: [(usize, Box<dyn Layer>); 2] =
            [(4, Box::new(Relu)), (6, Box::new(Gelu::new().unwrap()))];
        for (planes, act) in acts {
            let block = BasicBlock::new(4, planes, act, generator).unwrap();
            let name = format!("{seed}.{planes}");
            observe(record, &name, &block, &[3, 4, 8, 8], generator);
        }
    });
    record.assert_identical_to(&reference);
}

#[test]
fn a_vision_transformer_with_a_class_token_is_pytorchs() {
    let reference = reference("layers.py", "vision_transformer");
    let record = for_each_seed(|record, seed, generator| {
        let network = VisionTransformer::new(generator).unwrap();
        observe(record, seed, &network, &[3, 3, 8, 8], generator);
    });
    record.assert_identical_to(&reference);
}

module! {
    /// Lines of each kind, with attributes.
    #[derive(Clone, Copy)]
    struct Empty() {}
}

module! {
    #[allow(dead_code)]
    struct Every<A: Layer>(act: A, bias: Option<Tensor>, generator: &mut Generator) {
        act: A = act,
        /// Documented.
        pub field width: usize = 3,
        #[cfg(any())]
        missing: Linear = no_such_function(),
        #[cfg(not(any()))]
        fc: Linear = Linear::new(width, 2, generator)?,
        r#loop: Linear = Linear::new(2, 2, generator)?,
        #[name = "0"]
        first: Option<Linear> = None,
        #[name = "block-1"]
        block: Option<Linear> = Some(Linear::new(1, 1, generator)?),
        param weight: Tensor = fc.weight.shallow_clone(),
        param bias: Option<Tensor> = bias,
        param scale: Tensor = weight.f_detach()?.f_mul_scalar(2.0)?,
        buffer steps: Option<Tensor> = None,
        buffer count: Tensor = Tensor::f_zeros([], (Kind::Int64, Device::Cpu))?,
        param: Linear = Linear::new(1, 1, generator)?,
        field buffer: [usize; 2] = [1, 2],
    }
}

module! {
    /// More lines than the compiler is given at once; some of them see earlier ones.
    struct Long(count: usize, generator: &mut Generator) {
        field width: usize = count + 1,
        field label: String = "wide".to_owned(),
        first: Linear = Linear::new(width, width, generator)?,
        bare: Linear = Linear::builder(width, 1).bias(false).build(generator)?,
        l00: Relu = Relu, l01: Relu = Relu, l02: Relu = Relu, l03: Relu = Relu, l04: Relu = Relu,
        l05: Relu = Relu, l06: Relu = Relu, l07: Relu = Relu, l08: Relu = Relu, l09: Relu = Relu,
        l10: Relu = Relu, l11: Relu = Relu, l12: Relu = Relu, l13: Relu = Relu, l14: Relu = Relu,
        l15: Relu = Relu, l16: Relu = Relu, l17: Relu = Relu, l18: Relu = Relu, l19: Relu = Relu,
        l20: Option<Dropout> = Some(Dropout::new(0.5)?),
        l21: Option<Dropout> = None,
        act: Box<dyn Layer> = Box::new(Tanh),
        tied: Linear = Linear::from_tensors(first.weight.shallow_clone(), None),
        buffer shift: Tensor = Tensor::f_ones([width as i64], (Kind::Float, Device::Cpu))?,
        param scale: Option<Tensor> = Some(shift.f_detach()?.f_mul_scalar(2.0)?),
        field title: String = format!("{label} {width}"),
        last: Linear = Linear::new(title.len(), 1, generator)?,
    }
}

#[test]
fn a_module_of_many_lines_is_made_and_copied_as_one_of_few() {
    let long = Long::new(2, &mut Generator::manual_seed(0)).unwrap();
    let names = [
        "scale",
        "shift",
        "first.weight",
        "first.bias",
        "bare.weight",
        "tied.weight",
        "last.weight",
        "last.bias",
    ];
    let copy = long.deep_copy().unwrap();
    for long in [&long, &copy] {
        assert_eq!(long.state_dict().names().collect::<Vec<_>>(), names);
        assert_eq!(long.parameters().len(), 6);
        assert_eq!(long.children().len(), 26);
        assert_eq!((long.width, &*long.title), (3, "wide 3"));
    }
    let digest = |module: &Long| module.state_dict().sha256().unwrap();
    assert_eq!(digest(&copy), digest(&long));
    let generator = &mut Generator::manual_seed(0);
    let first = Linear::new(3, 3, generator).unwrap();
    let bare = Linear::builder(3, 1).bias(false).build(generator).unwrap();
    let last = Linear::new(6, 1, generator).unwrap();
    assert_eq!(long.first.module().weight, first.weight);
    assert_eq!(long.bare.module().weight, bare.weight);
    assert_eq!(long.last.module().weight, last.weight);
}

#[test]
fn names_are_pythons_and_in_its_order() {
    let generator = &mut Generator::manual_seed(0);
    let every = Every::new(Tanh, None, generator).unwrap();
    let names: Vec<_> = every.state_dict().names().map(str::to_owned).collect();
    assert_eq!(
        names,
        [
            "weight",
            "scale",
            "count",
            "fc.weight",
            "fc.bias",
            "loop.weight",
            "loop.bias",
            "block-1.weight",
            "block-1.bias",
            "param.weight",
            "param.bias",
        ]
    );
    assert_eq!((every.width, every.buffer), (3, [1, 2]));
    assert!(every.first.is_none());
    let parameters: Vec<_> = every
        .named_parameters()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    // The weight of fc is the first, by its first name.
    assert_eq!(parameters[..2], ["weight", "scale"]);
    assert!(!parameters.contains(&"fc.weight".to_owned()));
    assert!(every.scale.requires_grad() && every.scale.is_leaf());
    assert!(!every.count.requires_grad());
    let bias = Tensor::zeros([2], (Kind::Float, Device::Cpu));
    let every = Every::new(Relu, Some(bias), generator).unwrap();
    assert_eq!(every.state_dict().names().nth(1), Some("bias"));
    assert_eq!(every.named_buffers().len(), 1);
    let empty = Empty::new().unwrap();
    assert!(empty.children().is_empty());
}

#[test]
fn modules_are_told_apart_by_their_types_also_in_boxes() {
    let generator = &mut Generator::manual_seed(0);
    let network = VisionTransformer::new(generator).unwrap();
    let named = network.named_modules();
    let names: Vec<_> = named.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names[..7],
        [
            "",
            "conv_proj",
            "layers",
            "layers.0",
            "layers.0.ln_1",
            "layers.0.self_attention",
            "layers.0.self_attention.out_proj",
        ]
    );
    let linears = named
        .iter()
        .filter(|(_, module)| module.downcast_ref::<Linear>().is_some());
    let linears: Vec<_> = linears.map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        linears,
        [
            "layers.0.self_attention.out_proj",
            "layers.0.mlp.0",
            "layers.0.mlp.2",
            "layers.1.self_attention.out_proj",
            "layers.1.mlp.0",
            "layers.1.mlp.2",
            "match",
        ]
    );
    let mut order = Vec::new();
    let block = BasicBlock::new(4, 6, Box::new(Relu), generator).unwrap();
    block
        .apply(&mut |module| {
            order.push(match module.downcast_ref::<Relu>() {
                Some(_) => "relu",
                None if module.downcast_ref::<BasicBlock>().is_some() => "block",
                None => "other",
            });
            Ok(())
        })
        .unwrap();
    assert_eq!(order[2], "relu");
    assert_eq!(order.last(), Some(&"block"));
}

#[test]
fn a_module_in_double_precision_keeps_its_counts() {
    let layer = BatchNorm2d::new(2).unwrap();
    layer.to_kind(Kind::Double).unwrap();
    let kinds: Vec<_> = layer
        .state_dict()
        .iter()
        .map(|(_, tensor)| tensor.kind())
        .collect();
    assert_eq!(kinds[..4], [Kind::Double; 4]);
    assert_eq!(kinds[4], Kind::Int64);
    assert!(layer.parameters().iter().all(Tensor::requires_grad));
    assert!(layer.to_kind(Kind::Int64).is_err());
}
