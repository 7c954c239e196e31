use super::{Child, Forward, ForwardPass, Memo, Module, TensorTree};
use crate::TorchError;

/// `torch.nn.ModuleList(modules)`: modules named `0`, `1`, …, which their parent calls as it likes.
///
/// ```
/// use tch::{Tensor, kind::FLOAT_CPU};
/// use torch_twin::nn::{Forward, ForwardPass, Linear, ModuleList, module};
/// use torch_twin::{Generator, TorchError};
///
/// module! {
///     struct Stack(generator: &mut Generator) {
///         layers: ModuleList<Linear> =
///             ModuleList::new([Linear::new(4, 4, generator)?, Linear::new(4, 4, generator)?]),
///     }
/// }
///
/// impl Forward for Stack {
///     fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
///         let mut x = x.shallow_clone();
///         for layer in &self.layers {
///             x = layer.forward(&x, pass)?;
///         }
///         Ok(x)
///     }
/// }
///
/// let stack = Stack::new(&mut Generator::manual_seed(0))?;
/// let mut names = Vec::new();
/// let mut pass = ForwardPass::eval().with_hook(|call| names.push(call.name.to_owned()));
/// stack.forward(&Tensor::ones([1, 4], FLOAT_CPU), &mut pass)?;
/// drop(pass);
/// assert_eq!(names, ["layers.0", "layers.1"]);
/// # Ok::<(), TorchError>(())
/// ```
pub struct ModuleList<M> {
    members: Vec<Child<M>>,
}

/// A module of a [`ModuleList`] that is a child: it knows its name with that of the list, `blocks.0`.
pub struct Member<'l, M> {
    name: String,
    module: &'l M,
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

    fn iter<'l>(&'l self, name: &'l str) -> impl Iterator<Item = Member<'l, M>> {
        self.members.iter().map(move |member| Member {
            name: format!("{name}.{}", member.name()),
            module: member.module(),
        })
    }
}

impl<M: Module> Module for ModuleList<M> {
    fn children(&self) -> Vec<(&str, &dyn Module)> {
        self.members.iter().map(Child::named).collect()
    }

    fn deep_copy_with(&self, memo: &mut Memo) -> Result<Self, TorchError> {
        let members = self.members.iter();
        let members = members.map(|member| member.deep_copy_with(memo));
        Ok(Self {
            members: members.collect::<Result<_, _>>()?,
        })
    }
}

impl<M> Child<ModuleList<M>> {
    /// `len(self.blocks)`.
    pub fn len(&self) -> usize {
        self.module().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.module().is_empty()
    }

    /// The modules, to be called one after another.
    pub fn iter(&self) -> impl Iterator<Item = Member<'_, M>> {
        self.module().iter(self.name())
    }

    /// `self.blocks[index]`.
    ///
    /// # Errors
    /// An index beyond the end.
    pub fn get(&self, index: usize) -> Result<Member<'_, M>, TorchError> {
        self.iter().nth(index).ok_or_else(|| {
            TorchError::new(&format!(
                "index {index} is out of range: {} has {} modules",
                self.name(),
                self.len()
            ))
        })
    }
}

impl<'l, M> IntoIterator for &'l Child<ModuleList<M>> {
    type Item = Member<'l, M>;
    type IntoIter = std::vec::IntoIter<Member<'l, M>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter().collect::<Vec<_>>().into_iter()
    }
}

impl<'l, M> Member<'l, M> {
    /// Its name, `blocks.0`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The module itself, as by [`Child::module`].
    pub fn module(&self) -> &'l M {
        self.module
    }
}

impl<M> Member<'_, ModuleList<M>> {
    /// The modules of a list in a list.
    pub fn iter(&self) -> impl Iterator<Item = Member<'_, M>> {
        self.module.iter(&self.name)
    }
}

impl<Inputs: TensorTree, Output: TensorTree, M: Forward<Inputs, Output>> Forward<Inputs, Output>
    for Member<'_, M>
{
    fn forward(&self, inputs: &Inputs, pass: &mut ForwardPass<'_>) -> Result<Output, TorchError> {
        pass.call(&self.name, inputs, |pass| self.module.forward(inputs, pass))
    }
}
