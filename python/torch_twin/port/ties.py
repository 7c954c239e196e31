"""Layers that share tensors with others, and layers of two names."""

from torch import nn

from torch_twin.port.layers import OPTIONAL, Layer, layer
from torch_twin.port.modules import Modules, join
from torch_twin.port.refusal import Refusal
from torch_twin.port.rust import field_name
from torch_twin.port.text import BREAK


class Ties(Modules):
    """Writes constructors of layers whose tensors are those of layers that were made before."""

    def tied(self, of: str, own: str, made: Layer) -> tuple[Layer, tuple[str, str, str] | None]:
        """A layer with tensors of others, which are made before it; and what the constructor must be given for that."""
        name = join(of, own)
        shared = self.shared_tensors(name, self.modules[name])
        if not shared or self.layer(name) is None:
            return made, None
        prefix = f"{of}." if of else ""
        if all(first.startswith(prefix) for first in shared.values()):
            return Layer(made.type_name, self.tied_text(of, own, made, shared), made.draws), None
        # What is not within its parent is given to it.
        outer = of.rpartition(".")[0]
        text = self.tied_text(outer, f"{of}.{own}".removeprefix(f"{outer}."), made, shared)
        field = field_name(own)
        return Layer(made.type_name, field), (field, made.type_name, text)

    def shared_tensors(self, name: str, module: nn.Module) -> dict[str, str]:
        """The parameters of a layer that are those of an earlier module: the full name of each."""
        firsts = {
            own: self.names[id(tensor)][0]
            for own, tensor in module._parameters.items()
            if tensor is not None
        }
        return {own: first for own, first in firsts.items() if first != join(name, own)}

    def tied_text(self, of: str, path: str, made: Layer, shared: dict[str, str]) -> str:
        """A layer that is made in the constructor of `of`, with the tensors of others that were made there before."""
        prefix = f"{of}." if of else ""
        known = list(self.model.get_submodule(of)._modules)
        lines = []
        for tensor, first in shared.items():
            field, *rest = first.removeprefix(prefix).split(".")
            is_made = field in known and known.index(field) < known.index(path.split(".")[0])
            if not first.startswith(prefix) or not is_made:
                reason = f"its {tensor} is `{first}`, which is not made before it"
                raise Refusal(reason, module=join(of, path))
            steps = "".join(f".{field_name(part)}.module()" for part in rest[:-1])
            source = f"{field_name(field)}{steps}.{field_name(rest[-1])}"
            lines.append(f"tied.{tensor} = {self.copied(source, first, made, tensor)};")
        return BREAK.join(["{", f"let mut tied = {made.make};", *lines, "tied", "}"])

    def copied(self, source: str, first: str, made: Layer, tensor: str) -> str:
        """The same tensor for another layer, either of which may have it as an `Option`."""
        owner, _, last = first.rpartition(".")
        of = self.layer(owner)
        gives_option = of is not None and last in OPTIONAL.get(of.type_name, ())
        takes_option = tensor in OPTIONAL.get(made.type_name, ())
        if gives_option and takes_option:
            return f"{source}.as_ref().map(Tensor::shallow_clone)"
        if gives_option:
            raise Refusal(f"its {tensor} is `{first}`, which may be missing in Rust", module=owner)
        return f"Some({source}.shallow_clone())" if takes_option else f"{source}.shallow_clone()"

    def is_second(self, of: str, own: str) -> bool:
        """Whether a child has an earlier name as well, by which it is called."""
        return join(of, own) not in self.modules

    def second(self, of: str, own: str) -> Layer:
        """A layer under its second name, for the `state_dict` alone: it has the tensors of the first."""
        name = join(of, own)
        module = self.model.get_submodule(name)
        made = layer(module)
        if made is None or module._buffers or any(True for _ in module.children()):
            raise Refusal(
                "one module under two names is not ported, unless it is a layer", module=name
            )
        shared = self.shared_tensors(name, module)
        # Nothing is drawn for it in Python.
        make = made.make.replace("generator", "&mut Generator::manual_seed(0)")
        text = self.tied_text(of, own, Layer(made.type_name, make), shared)
        return Layer(made.type_name, text)
