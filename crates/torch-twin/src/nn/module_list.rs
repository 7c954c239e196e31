use tch::Tensor;

use super::{Child, Forward, ForwardPass, Module};
use crate::TorchError;

/// `torch.nn.ModuleList(modules)`: modules named `0`, `1`, …, which their parent calls as it likes, by
/// [`Child::call_member`].
pub struct ModuleList<M> {
    members: Vec<Child<M>>,
}

impl<M> ModuleList<M> {
    /// The modules in the order of their numbers.
    pub fn new(modules: impl IntoIterator<Item = M>) -> Self {
        let modules = modules.into_iter().enumerate();
        Self {
            members: modules
                .map(|(index, module)| Child::new(index.to_string(), module))
                .collect(),
        }
    }

    /// `len(modules)`.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

impl<M: Module> Module for ModuleList<M> {
    fn children(&self) -> Vec<(&str, &dyn Module)> {
        let members = self.members.iter();
        members
            .map(|member| (member.name(), &**member as &dyn Module))
            .collect()
    }
}

impl<M: Forward> Child<ModuleList<M>> {
    /// `self.blocks[index](input)`.
    ///
    /// # Errors
    /// An index beyond the end, and what libtorch refuses.
    pub fn call_member(
        &self,
        index: usize,
        input: &Tensor,
        pass: &mut ForwardPass<'_>,
    ) -> Result<Tensor, TorchError> {
        let Some(member) = self.members.get(index) else {
            return Err(TorchError::new(&format!(
                "index {index} is out of range: {} has {} modules",
                self.name(),
                self.len()
            )));
        };
        pass.within(self.name(), |pass| member.call(input, pass))
    }
}
