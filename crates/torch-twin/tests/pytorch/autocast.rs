//! A network within `autocast`, against PyTorch's.

use torch_twin::prelude::*;

use crate::common::observe::{for_each_seed, uniform};
use crate::common::reference;

module! {
    /// As `Net` of `autocast.py`.
    struct Net(generator: &mut Generator) {
        conv: Conv2d = Conv2d::new(1, 4, 3, generator)?,
        norm: BatchNorm2d = BatchNorm2d::new(4)?,
        pool: MaxPool2d = MaxPool2d::new(2)?,
        fc: Linear = Linear::new(36, 36, generator)?,
        layer_norm: LayerNorm = LayerNorm::new([36])?,
    }
}

impl Forward<(&Tensor, bool), [Tensor; 3]> for Net {
    fn forward(
        &self,
        &(x, is_half): &(&Tensor, bool),
        pass: &mut ForwardPass<'_>,
    ) -> Result<[Tensor; 3]> {
        let kind = if is_half { Kind::Half } else { Kind::BFloat16 };
        autocast(Device::Cpu, Some(kind), || {
            let x = self.norm.forward(&self.conv.forward(x, pass)?, pass)?;
            let x = self.pool.forward(&x.f_relu()?, pass)?.f_flatten(1, -1)?;
            let x = self
                .fc
                .forward(&self.fc.forward(&x, pass)?.f_tanh()?, pass)?;
            let y = autocast(Device::Cpu, None, || {
                self.layer_norm.forward(&x.f_to_kind(Kind::Float)?, pass)
            })?;
            let product = x.f_matmul(&y.f_tr()?)?;
            Ok([x, y, product])
        })
    }
}

#[test]
fn a_network_within_autocast_is_pytorchs() {
    let reference = reference("autocast.py", "autocast");
    let record = for_each_seed(|record, seed, generator| {
        for (is_half, dtype) in [(false, "bfloat16"), (true, "float16")] {
            let net = Net::new(generator).unwrap();
            let x = uniform(&[3, 1, 8, 8], generator);
            let outputs = net
                .forward(&(&x, is_half), &mut ForwardPass::train())
                .unwrap();
            let name = format!("{seed}.{dtype}");
            for (place, output) in outputs.iter().enumerate() {
                record.keep(format!("{name}.{place}"), output);
            }
            let sums = outputs.map(|output| output.to_kind(Kind::Float).sum(Kind::Float));
            Tensor::stack(&sums, 0).sum(Kind::Float).backward();
            for (own, parameter) in net.named_parameters() {
                record.keep(format!("{name}.{own}.grad"), &parameter.grad());
            }
        }
    });
    record.assert_identical_to(&reference);
}

#[test]
fn autocast_ends_with_its_block() {
    let ones = Tensor::ones([2, 2], (Kind::Float, Device::Cpu));
    let product = || Ok(ones.f_matmul(&ones)?.kind());
    let kinds = autocast(Device::Cpu, Some(Kind::BFloat16), || {
        let failed = autocast(Device::Cpu, None, || Err::<(), _>(TorchError::new("no")));
        assert!(failed.is_err());
        product()
    });
    assert_eq!(kinds.unwrap(), Kind::BFloat16);
    assert_eq!(product().unwrap(), Kind::Float);
}
