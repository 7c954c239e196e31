use tch::Tensor;

use super::algorithm::Algorithm;
use super::parameters::Parameters;
use super::{Optimizer, OptimizerStateError};
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
    /// As `torch.optim.SGD(parameters, …)`, with `options` for all parameters.
    pub fn new(parameters: Vec<Tensor>, options: O) -> Self {
        Self::with_groups([(parameters, options)])
    }

    /// As `torch.optim.SGD([{"params": parameters, …}, …])`, with options for each group.
    pub fn with_groups(groups: impl IntoIterator<Item = (Vec<Tensor>, O)>) -> Self {
        let mut all = Vec::new();
        let groups = groups.into_iter().map(|(parameters, options)| {
            let first = all.len();
            all.extend(parameters.iter().map(Tensor::shallow_clone));
            Group {
                parameters: Parameters::new(parameters),
                first,
                options,
                initial_lr: None,
            }
        });
        Self {
            groups: groups.collect(),
            parameters: all,
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

    fn set_lrs(&mut self, lrs: &[f64]) {
        for (options, &lr) in self.options_mut().zip(lrs) {
            options.set_lr(lr);
        }
    }

    fn initial_lrs(&mut self) -> Vec<f64> {
        let initial = |group: &mut Group<O>| *group.initial_lr.get_or_insert(group.options.lr());
        self.groups.iter_mut().map(initial).collect()
    }

    fn set_initial_lrs(&mut self, lrs: &[f64]) {
        for (group, &lr) in self.groups.iter_mut().zip(lrs) {
            group.initial_lr = Some(lr);
        }
    }

    fn momenta(&mut self) -> Option<Vec<&mut f64>> {
        self.options_mut().map(Algorithm::momentum).collect()
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
