//! Passes, modules of modules, their state and its averages.

use tch::{Device, Kind, Tensor};
use torch_twin::nn::{
    Call, Child, Forward, ForwardPass, Identity, Layer, Linear, Memo, Module, ModuleList, Relu,
    Sequential, TensorTree, parameter,
};
use torch_twin::optim::swa_utils::{AveragedModel, Averaging};
use torch_twin::{Generator, TorchError};

use super::attempt::Case;
use super::values::{NAMES, NUMBERS, beside, tensors};

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
         ForwardPass::with_hook ForwardPass::training ForwardPass::generator ForwardPass::stochastic",
        |attempts| {
            let network = Sequential::new(layers());
            for name in NAMES.into_iter().chain(["1", "1.a", "1."]) {
                attempts.call(name, || {
                    let pass = ForwardPass::train().with_eval_of(&network, name);
                    pass.map(|pass| pass.training())
                });
            }
            attempts.call("none", || ForwardPass::eval().generator().is_err());
            attempts.call("in eval mode", || ForwardPass::eval().stochastic(Ok));
            attempts.refused("no generator", || ForwardPass::train().stochastic(Ok));
            attempts.refused("within itself", || {
                let mut generator = Generator::manual_seed(0);
                let mut pass = ForwardPass::train().with_generator(&mut generator);
                pass.stochastic(|_| Generator::manual_seed(0).as_default(|| Ok(())))
            });
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
        "Child::new Child::name Child::module Child::named Child::within TensorTree::tensors",
        |attempts| {
            for name in NAMES {
                for tensor in tensors() {
                    let child = Child::new(name, Relu);
                    let hook = |call: &Call<'_>| assert_eq!(call.inputs.len(), 1);
                    let pass = ForwardPass::train().with_eval_of(&Relu, "").unwrap();
                    let mut pass = pass.with_hook(hook);
                    attempts.call(name, || (child.name().len(), child.named().0.len()));
                    attempts.call(name, || child.forward(&tensor, &mut pass));
                    attempts.call(name, || {
                        child.within(&mut pass, |relu, pass| relu.forward(&tensor, pass))
                    });
                    attempts.refused(name, || {
                        child.within(&mut pass, |_, _| Err::<(), _>(TorchError::new("")))
                    });
                    attempts.call(name, || child.module().forward(&tensor, &mut pass));
                    let tree = (Some(&tensor), [None::<Tensor>], vec![&tensor; 2]);
                    attempts.call(name, || tree.tensors().len());
                }
            }
        },
    ),
    (
        "ModuleList::new ModuleList::len ModuleList::is_empty Child::len Child::is_empty Child::iter \
         Child::get Member::name Member::module Member::iter Sequential::new",
        |attempts| {
            for count in [0, 2] {
                let list = || ModuleList::new((0..count).map(|_| Identity));
                attempts.call(count, || (list().len(), list().is_empty()));
                let child = Child::new("", list());
                attempts.call(count, || (child.len(), child.is_empty()));
                for index in [0, 2, usize::MAX] {
                    attempts.call((count, index), || {
                        let member = child.get(index)?;
                        let _ = (member.name().len(), member.module());
                        member.forward(&Tensor::new(), &mut ForwardPass::train())
                    });
                }
                let lists = Child::new("", ModuleList::new([list(), list()]));
                attempts.call(count, || {
                    let lengths = lists.iter().map(|list| list.iter().count());
                    lengths.sum::<usize>()
                });
            }
            attempts.call("none", || Sequential::new([]).state_dict().entries().len());
            for (index, tensor) in tensors().iter().enumerate() {
                let all = Sequential::new(layers());
                attempts.call(index, || all.forward(tensor, &mut ForwardPass::eval()));
            }
        },
    ),
    (
        "Module::own_parameters Module::own_buffers Module::children Module::unboxed \
         Module::parameters Module::named_parameters Module::buffers Module::named_buffers \
         Module::modules Module::named_modules Module::apply Module::state_dict Module::to_device \
         StateDict::entries StateDict::names StateDict::iter StateDict::parameters \
         StateDict::buffers StateDict::parameter_count StateDict::sha256",
        |attempts| {
            for (index, layer) in layers().into_iter().enumerate() {
                let all = Sequential::new([layer]);
                attempts.call(index, || {
                    (all.own_parameters().len(), all.own_buffers().len())
                });
                attempts.call(index, || (all.parameters().len(), all.buffers().len()));
                attempts.call(index, || {
                    (all.named_parameters().len(), all.named_buffers().len())
                });
                attempts.call(index, || (all.children().len(), all.unboxed().is_none()));
                attempts.call(index, || (all.modules().len(), all.named_modules().len()));
                attempts.refused(index, || all.apply(&mut |_| Err(TorchError::new(""))));
                let state_dict = all.state_dict();
                attempts.call(index, || state_dict.entries().len());
                attempts.call(index, || {
                    state_dict.names().count() + state_dict.iter().count()
                });
                attempts.call(index, || {
                    state_dict.parameters().count() + state_dict.buffers().count()
                });
                attempts.call(index, || state_dict.parameter_count());
                attempts.call(index, || state_dict.sha256());
                for device in [Device::Cpu, Device::Cuda(99), Device::Mps, Device::Vulkan] {
                    attempts.call((index, device), || all.to_device(device));
                }
            }
        },
    ),
    (
        "Module::to_kind Module::copy_from Module::check_fits Module::deep_copy \
         Module::deep_copy_with Child::deep_copy_with Layer::deep_copy_boxed Memo::copy \
         Memo::copy_option parameter",
        |attempts| {
            for (one, all) in layers().into_iter().enumerate() {
                for kind in [Kind::Half, Kind::Double, Kind::Int64, Kind::QInt8] {
                    attempts.call((one, kind), || all.to_kind(kind));
                }
                for (other, layer) in layers().into_iter().enumerate() {
                    attempts.call((one, other), || all.check_fits(&layer));
                    attempts.call((one, other), || all.copy_from(&layer));
                }
                attempts.call(one, || all.deep_copy());
                attempts.call(one, || all.deep_copy_boxed(&mut Memo::default()));
                attempts.call(one, || {
                    let mut memo = Memo::default();
                    let child = Child::new("", all.deep_copy_with(&mut memo)?);
                    child.deep_copy_with(&mut memo).map(drop)
                });
            }
            for (index, tensor) in tensors().into_iter().enumerate() {
                attempts.call(index, || Memo::default().copy(&tensor));
                attempts.call(index, || Memo::default().copy_option(Some(&tensor)));
                attempts.call(index, || parameter(tensor));
            }
            attempts.refused("undefined", || parameter(Tensor::new()));
            attempts.refused("another network", || Relu.copy_from(&layers()[1]));
        },
    ),
    (
        "AveragedModel::new AveragedModel::use_buffers AveragedModel::update_parameters",
        |attempts| {
            let usual = tensors()
                .iter()
                .position(|tensor| tensor.size() == [2, 3])
                .unwrap();
            let network = |index| Linear::from_tensors(tensors().swap_remove(index), None);
            for decay in NUMBERS {
                for averaging in [Averaging::EmaMulti { decay }, Averaging::Ema { decay }] {
                    attempts.call(decay, || {
                        AveragedModel::new(&network(usual), averaging).err()
                    });
                }
            }
            let decay = 0.5;
            for averaging in [
                Averaging::Swa,
                Averaging::EmaMulti { decay },
                Averaging::Ema { decay },
            ] {
                for (one, other) in (0..tensors().len()).flat_map(|index| beside([index], usual)) {
                    let made = || AveragedModel::new(&network(one), averaging);
                    attempts.call((averaging, one, other), || {
                        let mut averaged = made()?.use_buffers(true);
                        let _ = averaged.update_parameters(&network(one));
                        averaged.update_parameters(&network(other))
                    });
                    attempts.call((averaging, one, other), || {
                        let mut averaged = made()?;
                        averaged.n_averaged = Tensor::new();
                        averaged.update_parameters(&network(other))
                    });
                }
            }
        },
    ),
];
