use torch_twin::Generator;
use torch_twin::device::{DeviceChoice, name, resolve};
use torch_twin::nn::Linear;

fn main() {
    match resolve(DeviceChoice::Cuda(0)) {
        Ok(device) => println!("{}", name(device)),
        Err(error) => println!("{error}"),
    }
    let linear = Linear::new(4, 2, &mut Generator::manual_seed(0)).unwrap();
    let weight = Vec::<f32>::try_from(linear.weight.detach().flatten(0, -1)).unwrap();
    let bits: Vec<i32> = weight
        .iter()
        .map(|value| value.to_bits().cast_signed())
        .collect();
    println!("{bits:?}");
}
