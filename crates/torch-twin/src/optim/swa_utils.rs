//! Averages of a network's weights over its training, as `torch.optim.swa_utils`.

use tch::{Device, Kind, Tensor};

use crate::nn::{Child, Forward, ForwardPass, Memo, Module, TensorTree};
use crate::{TorchError, native};

/// How an [`AveragedModel`] goes on from its values to new ones.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Averaging {
    /// PyTorch's default, `avg_fn=get_swa_avg_fn()`: the mean of all.
    Swa,
    /// `multi_avg_fn=get_ema_multi_avg_fn(decay)`: exponential, by `lerp`.
    EmaMulti {
        /// How much of the old values stays.
        decay: f64,
    },
    /// `avg_fn=get_ema_avg_fn(decay)`: the same average with other roundings.
    Ema {
        /// How much of the old values stays.
        decay: f64,
    },
}

/// `torch.optim.swa_utils.AveragedModel(model, avg_fn, multi_avg_fn, use_buffers)`: a network whose weights
/// are averages of another's.
///
/// ```
/// use torch_twin::prelude::*;
/// use torch_twin::optim::swa_utils::{AveragedModel, Averaging};
///
/// // ema = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.999))
/// let mut generator = Generator::manual_seed(0);
/// let model = Linear::new(4, 2, &mut generator)?;
/// let mut ema = AveragedModel::new(&model, Averaging::EmaMulti { decay: 0.999 })?;
/// ema.update_parameters(&model)?;
/// let x = Tensor::ones([1, 4], (Kind::Float, Device::Cpu));
/// let pass = &mut ForwardPass::eval();
/// assert_eq!(ema.forward(&x, pass)?, model.forward(&x, pass)?);
/// # Ok::<(), TorchError>(())
/// ```
pub struct AveragedModel<M> {
    /// The network of the averages.
    pub module: Child<M>,
    /// How many times it was averaged, an int64 scalar.
    pub n_averaged: Tensor,
    averaging: Averaging,
    use_buffers: bool,
}

impl<M: Module> AveragedModel<M> {
    /// The averages of `model`, which begin with its values in a [deep copy](Module::deep_copy).
    ///
    /// # Errors
    /// A model that cannot be copied, and a `decay` that is not from 0 to 1.
    pub fn new(model: &M, averaging: Averaging) -> Result<Self, TorchError> {
        if let Averaging::EmaMulti { decay } | Averaging::Ema { decay } = averaging
            && !(0.0..=1.0).contains(&decay)
        {
            let words = format!("invalid decay value {decay}: give one from 0 to 1");
            return Err(TorchError::new(&words));
        }
        Ok(Self {
            module: Child::new("module", model.deep_copy()?),
            n_averaged: Tensor::f_zeros([], (Kind::Int64, Device::Cpu))?,
            averaging,
            use_buffers: false,
        })
    }

    /// `use_buffers=False`: whether buffers are averaged as well, in place of copied.
    pub fn use_buffers(mut self, use_buffers: bool) -> Self {
        self.use_buffers = use_buffers;
        self
    }

    /// `averaged.update_parameters(model)`: the first time `model` is copied.
    ///
    /// # Errors
    /// A `model` of other names or shapes.
    pub fn update_parameters(&mut self, model: &dyn Module) -> Result<(), TorchError> {
        let _no_grad = tch::no_grad_guard();
        let own = self.module.module();
        own.check_fits(model)?;
        let is_first = self.n_averaged.f_int64_value(&[])? == 0;
        for (averaged, current) in own.parameters().iter().zip(&model.parameters()) {
            self.update(averaged, current, is_first)?;
        }
        for (averaged, current) in own.buffers().iter().zip(&model.buffers()) {
            self.update(averaged, current, is_first || !self.use_buffers)?;
        }
        // Where an operation with a scalar fails, tch panics.
        let _ = self.n_averaged.f_add_(&Tensor::from(1_i64))?;
        Ok(())
    }

    fn update(&self, averaged: &Tensor, current: &Tensor, copy: bool) -> Result<(), TorchError> {
        let mut averaged = averaged.f_detach()?;
        let current = current.f_detach()?.f_to_device(averaged.device())?;
        if copy {
            averaged.f_copy_(&current)?;
            return Ok(());
        }
        let new = match self.averaging {
            Averaging::Swa => {
                let count = self.n_averaged.f_add(&Tensor::from(1_i64))?;
                let count = count.f_to_device(averaged.device())?;
                averaged.f_add(&current.f_sub(&averaged)?.f_div(&count)?)?
            }
            Averaging::EmaMulti { decay }
                if averaged.is_floating_point() || averaged.is_complex() =>
            {
                return native::lerp_(&mut averaged, &current, 1.0 - decay);
            }
            Averaging::EmaMulti { decay } | Averaging::Ema { decay } => {
                let kept = native::mul(&averaged, decay)?;
                kept.f_add(&native::mul(&current, 1.0 - decay)?)?
            }
        };
        averaged.f_copy_(&new)?;
        Ok(())
    }
}

impl<M: Module> Module for AveragedModel<M> {
    fn own_buffers(&self) -> Vec<(&str, &Tensor)> {
        vec![("n_averaged", &self.n_averaged)]
    }

    fn children(&self) -> Vec<(&str, &dyn Module)> {
        vec![self.module.named()]
    }

    fn deep_copy_with(&self, memo: &mut Memo) -> Result<Self, TorchError> {
        Ok(Self {
            module: self.module.deep_copy_with(memo)?,
            n_averaged: memo.copy(&self.n_averaged)?,
            ..*self
        })
    }
}

impl<Inputs: TensorTree, Output: TensorTree, M: Forward<Inputs, Output>> Forward<Inputs, Output>
    for AveragedModel<M>
{
    fn forward(&self, inputs: &Inputs, pass: &mut ForwardPass<'_>) -> Result<Output, TorchError> {
        self.module.forward(inputs, pass)
    }
}
