//! Passes, modules of modules, and their state.

use tch::{Device, Tensor};
use torch_twin::nn::{
    Child, ForwardPass, Identity, Layer, Linear, Module, ModuleList, Outputs, Relu, Sequential,
};
use torch_twin::{Generator, TorchError};

use crate::attempt::Case;
use crate::values::{NAMES, tensors};

fn layers() -> Vec<Box<dyn Layer>> {
    let all = tensors().into_iter();
    let layers = all.map(|tensor| {
        let bias = Some(tensor.shallow_clone());
        Box::new(Linear::from_tensors(tensor, bias)) as Box<dyn Layer>
    });
    layers.collect()
}

pub const CASES: &[Case] = &[
    (
        "ForwardPass::train ForwardPass::eval ForwardPass::with_eval_of ForwardPass::with_generator \
         ForwardPass::with_hook ForwardPass::training ForwardPass::generator",
        |attempts| {
            for name in NAMES {
                attempts.call(name, || ForwardPass::train().with_eval_of(name).training());
            }
            attempts.call("none", || ForwardPass::eval().generator().is_err());
            attempts.call("twice", || {
                let (mut one, mut other) = (Generator::manual_seed(0), Generator::manual_seed(1));
                let pass = ForwardPass::train().with_generator(&mut one);
                let mut pass = pass
                    .with_generator(&mut other)
                    .with_hook(|_| ())
                    .with_hook(|_| ());
                pass.generator().is_ok()
            });
        },
    ),
    (
        "Child::new Child::name Child::call Child::call_by Outputs::tensors",
        |attempts| {
            for name in NAMES {
                for tensor in tensors() {
                    let child = Child::new(name, Relu);
                    let mut hook =
                        |call: &torch_twin::nn::Call<'_>| assert_eq!(call.inputs.len(), 1);
                    let mut pass = ForwardPass::train().with_eval_of("").with_hook(&mut hook);
                    attempts.call(name, || child.name().len());
                    attempts.call(name, || child.call(&tensor, &mut pass));
                    attempts.call(name, || {
                        child.call_by(&[&tensor], &mut pass, |_, _| {
                            Err::<Tensor, _>(TorchError::new(""))
                        })
                    });
                    let outputs = (Some(tensor.shallow_clone()), None::<Tensor>);
                    attempts.call(name, || outputs.tensors().len());
                }
            }
        },
    ),
    (
        "ModuleList::new ModuleList::len ModuleList::is_empty Child::call_member Sequential::new",
        |attempts| {
            for count in [0, 2] {
                let list = ModuleList::new((0..count).map(|_| Identity));
                attempts.call(count, || (list.len(), list.is_empty()));
                let list = Child::new("", list);
                for index in [0, 2, usize::MAX] {
                    let pass = &mut ForwardPass::train();
                    let input = &Tensor::new();
                    attempts.call((count, index), || list.call_member(index, input, pass));
                }
            }
            attempts.call("none", || Sequential::new([]).state_dict().entries().len());
            for (index, tensor) in tensors().iter().enumerate() {
                let all = Sequential::new(layers());
                use torch_twin::nn::Forward;
                attempts.call(index, || all.forward(tensor, &mut ForwardPass::eval()));
            }
        },
    ),
    (
        "Module::parameters Module::buffers Module::children Module::state_dict Module::to_device \
         StateDict::entries StateDict::names StateDict::iter StateDict::parameters \
         StateDict::parameter_tensors StateDict::parameter_count StateDict::sha256",
        |attempts| {
            for (index, layer) in layers().into_iter().enumerate() {
                let all = Sequential::new([layer]);
                attempts.call(index, || (all.parameters().len(), all.buffers().len()));
                attempts.call(index, || all.children().len());
                let state_dict = all.state_dict();
                attempts.call(index, || state_dict.entries().len());
                attempts.call(index, || {
                    state_dict.names().count() + state_dict.iter().count()
                });
                attempts.call(index, || state_dict.parameters().count());
                attempts.call(index, || state_dict.parameter_tensors());
                attempts.call(index, || state_dict.parameter_count());
                attempts.call(index, || state_dict.sha256());
                for device in [Device::Cpu, Device::Cuda(99), Device::Mps, Device::Vulkan] {
                    attempts.call((index, device), || all.to_device(device));
                }
            }
        },
    ),
];
