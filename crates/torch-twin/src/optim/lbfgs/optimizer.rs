use tch::{Kind, Tensor};

use super::line_search::{Point, StrongWolfe};
use super::number::Number;
use super::options::{LbfgsOptions, LineSearch};
use super::state::{Last, State};
use crate::optim::{GroupCountError, Optimizer, OptimizerError, OptimizerStateError};
use crate::{Tensors, TorchError, native};

/// Pairs of differences whose product is smaller are not remembered.
const LEAST_CURVATURE: f64 = 1e-10;

/// `torch.optim.LBFGS`: L-BFGS, which evaluates the loss several times a step.
///
/// [`Optimizer::step_with`] takes what Python calls the closure.
///
/// ```
/// use tch::{Kind, Tensor, kind::FLOAT_CPU};
/// use torch_twin::optim::{Lbfgs, LbfgsOptions, Optimizer};
///
/// // optimizer = torch.optim.LBFGS([x], lr=0.8)
/// let x = Tensor::ones([3], FLOAT_CPU).set_requires_grad(true);
/// let options = LbfgsOptions { lr: 0.8, ..LbfgsOptions::default() };
/// let mut optimizer = Lbfgs::new(vec![x.shallow_clone()], options)?;
/// // optimizer.step(closure)
/// optimizer.step_with(&mut || {
///     let loss = x.f_sin()?.f_sum(Kind::Float)?;
///     loss.f_backward()?;
///     Ok(loss)
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Lbfgs {
    parameters: Vec<Tensor>,
    options: LbfgsOptions,
    state: State,
    /// The learning rate before any scheduler.
    initial_lr: Option<f64>,
}

type Closure<'a> = dyn FnMut() -> Result<Tensor, TorchError> + 'a;

impl Lbfgs {
    /// As `torch.optim.LBFGS(parameters, …)`.
    ///
    /// # Errors
    /// What PyTorch refuses: a learning rate below 0, no parameters, and a tensor that is not a leaf; and values
    /// that are no real floats.
    pub fn new(parameters: Vec<Tensor>, options: LbfgsOptions) -> Result<Self, OptimizerError> {
        options.check()?;
        if parameters.is_empty() {
            return Err(OptimizerError::NoParameters);
        }
        for (index, parameter) in parameters.iter().enumerate() {
            if !parameter.defined() {
                return Err(OptimizerError::Undefined { index });
            }
            if !parameter.f_is_leaf().map_err(TorchError::from)? {
                return Err(OptimizerError::NotALeaf { index });
            }
            let kind = parameter.f_kind().map_err(TorchError::from)?;
            if ![Kind::Half, Kind::BFloat16, Kind::Float, Kind::Double].contains(&kind) {
                let text = format!("parameter {index} is {kind:?}, which is no real float");
                return Err(TorchError::new(&text).into());
            }
        }
        Ok(Self {
            parameters,
            options,
            state: State::default(),
            initial_lr: None,
        })
    }

    /// The options, to be changed between two steps.
    pub fn options_mut(&mut self) -> &mut LbfgsOptions {
        &mut self.options
    }

    /// Loss and gradient now.
    fn evaluate(&self, closure: &mut Closure<'_>) -> Result<(Tensor, Tensor), TorchError> {
        self.parameters.iter().try_for_each(native::reset_grad)?;
        let loss = tch::with_grad(&mut *closure)?;
        Ok((loss, self.flat_gradient()?))
    }

    /// The gradients of all parameters side by side.
    fn flat_gradient(&self) -> Result<Tensor, TorchError> {
        let flat = self.parameters.iter().map(|parameter| {
            let gradient = parameter.f_grad()?;
            if !gradient.defined() {
                let size = parameter.numel() as i64;
                return Ok(
                    parameter.f_new_zeros([size], (parameter.f_kind()?, parameter.device()))?
                );
            }
            match gradient.is_sparse() {
                true => Ok(gradient.f_to_dense(None, false)?.f_view([-1])?),
                false => Ok(gradient.f_view([-1])?),
            }
        });
        Ok(Tensor::f_cat(
            &flat.collect::<Result<Vec<_>, TorchError>>()?,
            0,
        )?)
    }

    /// The type that all parameters have side by side.
    fn flat_kind(&self) -> Result<Kind, TorchError> {
        let empty = self.parameters.iter().map(|parameter| {
            let kind = parameter.f_kind()?;
            Ok(Tensor::f_empty([0], (kind, tch::Device::Cpu))?)
        });
        let empty = empty.collect::<Result<Vec<_>, TorchError>>()?;
        Ok(Tensor::f_cat(&empty, 0)?.f_kind()?)
    }

    /// `parameter.add_(its part of direction, alpha=t)`.
    fn add_direction(&mut self, t: &Number, direction: &Tensor) -> Result<(), TorchError> {
        let t = t.value()?;
        let mut first = 0;
        for parameter in &mut self.parameters {
            let size = parameter.numel() as i64;
            let part = direction.f_narrow(0, first, size)?.f_view_as(parameter)?;
            native::add_(parameter, &part, t)?;
            first += size;
        }
        Ok(())
    }

    fn set_parameters(&mut self, values: &[Tensor]) -> Result<(), TorchError> {
        for (parameter, values) in self.parameters.iter_mut().zip(values) {
            parameter.f_copy_(values)?;
        }
        Ok(())
    }

    fn minimize(&mut self, closure: &mut Closure<'_>) -> Result<Tensor, TorchError> {
        let (first_loss, gradient) = self.evaluate(closure)?;
        self.state.func_evals += 1;
        let mut now = Progress {
            loss: first_loss.f_double_value(&[])?,
            gradient,
            evaluations: 1,
        };
        if self.is_flat(&now.gradient)? {
            return Ok(first_loss);
        }
        for iteration in 1..=self.options.max_iter {
            let is_last = iteration == self.options.max_iter;
            if self.iterate(&mut now, is_last, closure)? {
                break;
            }
        }
        Ok(first_loss)
    }

    /// `flat_grad.abs().max() <= tolerance_grad`.
    fn is_flat(&self, gradient: &Tensor) -> Result<bool, TorchError> {
        largest(gradient)?.le(&self.options.tolerance_grad.into())
    }

    /// One iteration; whether the step ends with it.
    fn iterate(
        &mut self,
        now: &mut Progress,
        is_last: bool,
        closure: &mut Closure<'_>,
    ) -> Result<bool, TorchError> {
        self.state.n_iter += 1;
        let t = self.first_length(&now.gradient)?;
        let (d, h_diag) = self.direction(&now.gradient)?;
        let slope = Number::from(now.gradient.f_dot(&d)?);
        let mut last = Last {
            d,
            t,
            h_diag,
            flat_grad: native::clone(&now.gradient)?,
            loss: now.loss,
        };
        let tolerance = Number::from(self.options.tolerance_change);
        if slope.gt(&tolerance.neg()?)? {
            self.state.last = Some(last);
            return Ok(true);
        }
        let evaluations = match self.options.line_search {
            Some(LineSearch::StrongWolfe) => self.search(now, &mut last, slope, closure)?,
            None => self.advance(now, &last, is_last, closure)?,
        };
        now.evaluations += evaluations;
        self.state.func_evals += evaluations;
        let change = native::mul(&last.d, last.t.value()?)?;
        let improvement = (now.loss - last.loss).abs();
        self.state.last = Some(last);
        Ok(is_last
            || now.evaluations >= self.options.evaluations()
            || self.is_flat(&now.gradient)?
            || largest(&change)?.le(&tolerance)?
            || improvement < self.options.tolerance_change)
    }

    /// Where an iteration begins to look for its length.
    fn first_length(&self, gradient: &Tensor) -> Result<Number, TorchError> {
        let lr = Number::from(self.options.lr);
        if self.state.last.is_some() {
            return Ok(lr);
        }
        let one = Number::from(1.0);
        let sum = Number::from(gradient.f_abs()?.f_sum(None)?);
        one.min(&one.div(&sum)?)?.mul(&lr)
    }

    /// The negative gradient times the approximate inverse of the Hessian, and the scale of its first guess.
    fn direction(&mut self, gradient: &Tensor) -> Result<(Tensor, Option<Tensor>), TorchError> {
        let Some(last) = &self.state.last else {
            return Ok((gradient.f_neg()?, None));
        };
        let y = gradient.f_sub(&last.flat_grad)?;
        let s = native::mul(&last.d, last.t.value()?)?;
        let mut h_diag = last.h_diag.as_ref().map(Tensor::shallow_clone);
        let curvature = y.f_dot(&s)?;
        let product = Number::from(curvature.shallow_clone());
        if product.gt(&LEAST_CURVATURE.into())? {
            h_diag = Some(curvature.f_div(&y.f_dot(&y)?)?);
            // 1.0 / ys
            let ro = native::mul(&curvature.f_reciprocal()?, 1.0)?;
            self.state.remember(y, s, ro, self.options.history_size)?;
        }
        let d = self.state.approximate(gradient.f_neg()?, h_diag.as_ref())?;
        Ok((d, h_diag))
    }

    /// Goes along the direction as far as the strong Wolfe conditions ask; the number of evaluations.
    fn search(
        &mut self,
        now: &mut Progress,
        last: &mut Last,
        slope: Number,
        closure: &mut Closure<'_>,
    ) -> Result<u64, TorchError> {
        let most = self.options.evaluations().checked_sub(now.evaluations);
        let none = || TorchError::new("the line search has no evaluation left: raise max_eval");
        let values = self.parameters.iter().map(native::clone);
        let values = values.collect::<Result<Vec<_>, _>>()?;
        let search = StrongWolfe {
            direction: &last.d,
            start: Point {
                t: 0.0.into(),
                loss: now.loss,
                gradient: native::clone(&now.gradient)?,
                slope,
            },
            tolerance_change: self.options.tolerance_change,
            most: most.ok_or_else(none)?,
        };
        let (point, evaluations) = search.search(last.t.clone(), &mut |t| {
            self.add_direction(t, &last.d)?;
            let (loss, gradient) = self.evaluate(closure)?;
            self.set_parameters(&values)?;
            Ok((loss.f_double_value(&[])?, gradient))
        })?;
        self.add_direction(&point.t, &last.d)?;
        (now.loss, now.gradient, last.t) = (point.loss, point.gradient, point.t);
        Ok(evaluations)
    }

    /// Goes along the direction by the learning rate; the number of evaluations.
    fn advance(
        &mut self,
        now: &mut Progress,
        last: &Last,
        is_last: bool,
        closure: &mut Closure<'_>,
    ) -> Result<u64, TorchError> {
        self.add_direction(&last.t, &last.d)?;
        if is_last {
            return Ok(0);
        }
        let (loss, gradient) = self.evaluate(closure)?;
        (now.loss, now.gradient) = (loss.f_double_value(&[])?, gradient);
        Ok(1)
    }
}

/// `tensor.abs().max()`.
fn largest(tensor: &Tensor) -> Result<Number, TorchError> {
    Ok(tensor.f_abs()?.f_max()?.into())
}

/// Where a step is: loss and gradient of now, and the evaluations so far.
struct Progress {
    loss: f64,
    gradient: Tensor,
    evaluations: u64,
}

impl Optimizer for Lbfgs {
    fn parameters(&self) -> &[Tensor] {
        &self.parameters
    }

    /// Always an error, as it is in Python: see [`Optimizer::step_with`].
    fn step(&mut self) -> Result<(), TorchError> {
        let words = "L-BFGS evaluates the loss several times a step: use `step_with`";
        Err(TorchError::new(words))
    }

    fn step_with(
        &mut self,
        closure: &mut dyn FnMut() -> Result<Tensor, TorchError>,
    ) -> Result<Tensor, TorchError> {
        let _no_grad = tch::no_grad_guard();
        self.minimize(closure)
    }

    fn lrs(&self) -> Vec<f64> {
        vec![self.options.lr]
    }

    fn set_lrs(&mut self, lrs: &[f64]) -> Result<(), GroupCountError> {
        let &[lr] = lrs else {
            return Err(GroupCountError {
                groups: 1,
                values: lrs.len(),
            });
        };
        self.set_lr(lr);
        Ok(())
    }

    fn set_lr(&mut self, lr: f64) {
        self.options.lr = lr;
    }

    fn initial_lrs(&mut self) -> Vec<f64> {
        vec![*self.initial_lr.get_or_insert(self.options.lr)]
    }

    fn set_initial_lrs(&mut self, lrs: &[f64]) -> Result<(), GroupCountError> {
        let &[lr] = lrs else {
            return Err(GroupCountError {
                groups: 1,
                values: lrs.len(),
            });
        };
        self.initial_lr = Some(lr);
        Ok(())
    }

    fn momenta(&mut self) -> Option<Vec<&mut f64>> {
        None
    }

    fn state_keys(&self) -> Vec<&'static str> {
        State::KEYS.to_vec()
    }

    fn state_dict(&self) -> Tensors {
        self.state.named()
    }

    fn load_state_dict(&mut self, state: &Tensors) -> Result<(), OptimizerStateError> {
        let numel = self.parameters.iter().map(|p| p.numel() as i64).sum();
        let kind = self.flat_kind()?;
        self.state = State::load(state, numel, kind)?;
        Ok(())
    }
}
