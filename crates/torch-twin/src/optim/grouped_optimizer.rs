use tch::Tensor;

use super::algorithm::Algorithm;
use super::parameters::Parameters;
use super::{GroupCountError, Optimizer, OptimizerError, OptimizerStateError};
use crate::native::is_same;
use crate::{Tensors, TorchError};

/// An optimiser for one group of parameters or for several, by the algorithm whose options are `O`.
///
/// `torch.optim.SGD` is [`Sgd`](super::Sgd), a `GroupedOptimizer<SgdOptions>`, and the others are such
/// optimisers too.
pub struct GroupedOptimizer<O> {
    groups: Vec<Group<O>>,
    /// Those of all groups, one group after the other.
    parameters: Vec<Tensor>,
}

/// An element of `optimizer.param_groups`.
struct Group<O> {
    parameters: Parameters,
    /// The index of the first of them among those of all groups.
    first: usize,
    options: O,
    /// The learning rate before any scheduler.
    initial_lr: Option<f64>,
}

impl<O: Algorithm> GroupedOptimizer<O> {
    /// As `torch.optim.SGD(parameters, …)`, with `options` for all parameters. As there, one that is listed twice is
    /// moved twice a step.
    ///
    /// # Errors
    /// What PyTorch refuses: options out of their range, no parameters, and a tensor that is not a leaf.
    pub fn new(parameters: Vec<Tensor>, options: O) -> Result<Self, OptimizerError> {
        options.check()?;
        if parameters.is_empty() {
            return Err(OptimizerError::NoParameters);
        }
        Self::with_groups([(parameters, options)])
    }

    /// As `torch.optim.SGD([{"params": parameters, …}, …])`, with options for each group. As there, a group may
    /// have no parameters.
    ///
    /// # Errors
    /// What PyTorch refuses: options out of their range, no group, a parameter in two groups, and a tensor that is
    /// not a leaf. Python looks at the options of the call alone; here each group's are.
    pub fn with_groups(
        groups: impl IntoIterator<Item = (Vec<Tensor>, O)>,
    ) -> Result<Self, OptimizerError> {
        let mut optimizer = Self {
            groups: Vec::new(),
            parameters: Vec::new(),
        };
        for (parameters, options) in groups {
            options.check()?;
            optimizer.add_group(parameters, options)?;
        }
        match optimizer.groups.is_empty() {
            true => Err(OptimizerError::NoParameters),
            false => Ok(optimizer),
        }
    }

    fn add_group(&mut self, parameters: Vec<Tensor>, options: O) -> Result<(), OptimizerError> {
        let first = self.parameters.len();
        for (index, parameter) in (first..).zip(&parameters) {
            if !parameter.defined() {
                return Err(OptimizerError::Undefined { index });
            }
            if !parameter.f_is_leaf().map_err(TorchError::from)? {
                return Err(OptimizerError::NotALeaf { index });
            }
            if self
                .parameters
                .iter()
                .any(|other| is_same(parameter, other))
            {
                return Err(OptimizerError::InTwoGroups { index });
            }
        }
        let all = parameters.iter().map(Tensor::shallow_clone);
        self.parameters.extend(all);
        self.groups.push(Group {
            parameters: Parameters::new(parameters, &options)?,
            first,
            options,
            initial_lr: None,
        });
        Ok(())
    }

    fn check_count(&self, values: usize) -> Result<(), GroupCountError> {
        let groups = self.groups.len();
        match values == groups {
            true => Ok(()),
            false => Err(GroupCountError { groups, values }),
        }
    }

    /// The options of each group, to be changed between two steps.
    pub fn options_mut(&mut self) -> impl Iterator<Item = &mut O> {
        self.groups.iter_mut().map(|group| &mut group.options)
    }
}

impl<O: Algorithm> Optimizer for GroupedOptimizer<O> {
    fn parameters(&self) -> &[Tensor] {
        &self.parameters
    }

    fn step(&mut self) -> Result<(), TorchError> {
        self.groups
            .iter_mut()
            .try_for_each(|group| group.parameters.update(&group.options))
    }

    fn lrs(&self) -> Vec<f64> {
        self.groups.iter().map(|group| group.options.lr()).collect()
    }

    fn set_lrs(&mut self, lrs: &[f64]) -> Result<(), GroupCountError> {
        self.check_count(lrs.len())?;
        for (options, &lr) in self.options_mut().zip(lrs) {
            options.set_lr(lr);
        }
        Ok(())
    }

    fn set_lr(&mut self, lr: f64) {
        self.options_mut().for_each(|options| options.set_lr(lr));
    }

    fn initial_lrs(&mut self) -> Vec<f64> {
        let initial = |group: &mut Group<O>| *group.initial_lr.get_or_insert(group.options.lr());
        self.groups.iter_mut().map(initial).collect()
    }

    fn set_initial_lrs(&mut self, lrs: &[f64]) -> Result<(), GroupCountError> {
        self.check_count(lrs.len())?;
        for (group, &lr) in self.groups.iter_mut().zip(lrs) {
            group.initial_lr = Some(lr);
        }
        Ok(())
    }

    fn momenta(&mut self) -> Option<Vec<&mut f64>> {
        self.options_mut().map(O::momentum).collect()
    }

    fn state_keys(&self) -> Vec<&'static str> {
        let mut keys = Vec::new();
        for &key in self
            .groups
            .iter()
            .flat_map(|group| group.options.state_keys())
        {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    fn state_dict(&self) -> Tensors {
        let states = self.groups.iter().map(|group| {
            let keys = group.options.state_keys();
            group.parameters.state_dict(group.first, keys)
        });
        states.flatten().collect()
    }

    fn load_state_dict(&mut self, state: &Tensors) -> Result<(), OptimizerStateError> {
        let is_known = |name: &String| {
            self.groups.iter().any(|group| {
                let keys = group.options.state_keys();
                group.parameters.has_state(name, group.first, keys)
            })
        };
        if let Some(name) = state.keys().find(|name| !is_known(name)) {
            return Err(OptimizerStateError::Unexpected { name: name.clone() });
        }
        let read = |group: &Group<O>| {
            let keys = group.options.state_keys();
            group
                .parameters
                .read_states(state, group.first, keys, O::LEAST_STEP)
        };
        let states: Result<Vec<_>, _> = self.groups.iter().map(read).collect();
        for (group, states) in self.groups.iter_mut().zip(states?) {
            group.parameters.set_states(states);
        }
        Ok(())
    }
}
