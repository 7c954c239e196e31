use torch_twin::prelude::*;

module! {
    struct Net(generator: &mut Generator) {
        param scale: Tensor = Tensor::f_ones([4], (Kind::Float, Device::Cpu))?,
        fc: Linear = Linear::new(4, 2, generator)?,
        drop: Option<Dropout> = None,
    }
}

impl Forward for Net {
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor> {
        let x = x.f_mul(&self.scale)?;
        let x = match &self.drop {
            Some(drop) => drop.forward(&x, pass)?,
            None => x,
        };
        self.fc.forward(&x, pass)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    match device::resolve(device::DeviceChoice::Cuda(0)) {
        Ok(device) => println!("{}", device::name(device)),
        Err(error) => println!("{error}"),
    }
    set_num_threads(1);
    let mut generator = Generator::manual_seed(0);
    let net = Net::new(&mut generator)?;
    let mut optimizer = Adam::new(net.parameters(), AdamOptions::default())?;
    for _step in 0..3 {
        let x = generator.randn([8, 4], (Kind::Float, Device::Cpu))?;
        let target = generator.randint(0, 2, [8], (Kind::Int64, Device::Cpu))?;
        optimizer.zero_grad()?;
        let logits = net.forward(&x, &mut ForwardPass::train())?;
        functional::cross_entropy(&logits, &target)?.f_backward()?;
        optimizer.step()?;
    }
    for (name, tensor) in net.named_parameters() {
        let bits = Vec::<i32>::try_from(tensor.f_detach()?.f_flatten(0, -1)?.f_view_dtype(Kind::Int)?)?;
        println!("{name} {bits:?}");
    }
    Ok(())
}
