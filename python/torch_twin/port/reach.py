"""How the body of a module reaches children, parameters and constants."""

from torch_twin.port.calls import Value
from torch_twin.port.layers import OPTIONAL
from torch_twin.port.modules import Modules, join
from torch_twin.port.refusal import Refusal
from torch_twin.port.replay_lines import literal
from torch_twin.port.rust import field_name, string
from torch_twin.port.scope import INPUTS, Resolver, Variable

# The most numbers that are written out.
LARGEST_CONSTANT = 64


class Reach(Modules, Resolver):
    """The expressions by which a module's `forward` reads what is its own."""

    def child(self, of: str, name: str) -> str:
        prefix = f"{of}." if of else ""
        if not name.startswith(prefix):
            raise Refusal(f"it calls `{name}`, which is not a module of its own", module=of)
        first, *rest = name[len(prefix) :].split(".")
        receiver = f"self.{field_name(first)}"
        if not rest:
            return receiver
        if self.is_list(join(of, first)) and len(rest) == 1:
            return f"{receiver}.get({rest[0]})?"
        if len(rest) == 1 and not self.is_called(join(of, first)):
            own = field_name(first)
            return f"{receiver}.within(pass, |{own}, pass| {own}.{field_name(rest[0])}.forward({INPUTS}, pass))?"
        raise Refusal(f"it calls `{name}` past the module between them", module=of)

    def list_length(self, of: str, field: str) -> int:
        module = self.modules[of]
        return next(
            len(child._modules)
            for own, child in module._modules.items()
            if field_name(own) == field
        )

    def tensor(self, of: str, value: Value) -> Variable:
        if self.is_constant(value):
            return Variable(self.constant(of, value))
        prefix = f"{of}." if of else ""
        for name in self.aliases(value.source):
            if name.startswith(prefix):
                *path, last = name[len(prefix) :].split(".")
                if not path:
                    return Variable(f"self.{field_name(last)}")
                if len(path) == 1:
                    return self.field_of_child(join(of, path[0]), path[0], last)
        raise Refusal(f"it uses `{value.source}`, which is not its own", module=of)

    def is_constant(self, value: Value) -> bool:
        """Whether it is a tensor that is no parameter and no buffer."""
        owner, _, last = value.source.rpartition(".")
        try:
            module = self.model.get_submodule(owner)
        except AttributeError:
            return True
        return last not in module._parameters and last not in module._buffers

    def constant(self, of: str, value: Value) -> str:
        """A tensor that is neither a parameter nor a buffer, by its numbers."""
        found = [
            exported.attributes[value.source]
            for exported in self.exported
            if value.source in exported.attributes
        ]
        if not found or found[0].numel() > LARGEST_CONSTANT:
            raise Refusal(
                f"the tensor `{value.source}` is neither a parameter nor a buffer: register it",
                module=of,
            )
        return literal(found[0])

    def field_of_child(self, child: str, own: str, tensor: str) -> Variable:
        receiver = f"self.{field_name(own)}.module()"
        known = self.layer(child)
        if known is not None and tensor in OPTIONAL.get(known.type_name, ()):
            missing = string(f"`{own}` has no {tensor}")
            text = f"{receiver}.{tensor}.as_ref().ok_or_else(|| TorchError::new({missing}))?"
            return Variable(text, is_reference=True)
        return Variable(f"{receiver}.{field_name(tensor)}")

    def aliases(self, source: str) -> list[str]:
        owner, _, last = source.rpartition(".")
        module = self.model.get_submodule(owner)
        tensor = module._parameters.get(last, module._buffers.get(last))
        if tensor is None:
            return [source]
        return [source, *self.names[id(tensor)]]
