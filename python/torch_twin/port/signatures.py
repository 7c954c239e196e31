"""The types that a module takes and gives."""

from typing import Any

from torch_twin.port.calls import Call, Fields, Value, leaves
from torch_twin.port.modules import Modules
from torch_twin.port.refusal import Refusal
from torch_twin.port.rust import field_name, type_name
from torch_twin.port.values import has_values, is_size


class Signatures(Modules):
    """Writes the head of `forward`, and structs for outputs with names."""

    def head(self, call: Call, uses_pass: bool) -> str:
        """`impl Forward for …`, up to the body."""
        inputs = [
            (field_name(name), tree) for name, tree in call.arguments.items() if has_values(tree)
        ]
        flag = self.flags.get(call.name)
        inputs += [(field_name(flag), bool)] if flag else []
        output = self.output_type(call)
        context = "pass" if uses_pass else "_pass"
        is_tensor = (
            isinstance(inputs[0][1], Value) and not is_size(inputs[0][1]) if inputs else False
        )
        if len(inputs) == 1 and is_tensor and output == "Tensor":
            types, parameter = "", f"{inputs[0][0]}: &Tensor"
        elif len(inputs) == 1 and is_tensor:
            types, parameter = f"<Tensor, {output}>", f"{inputs[0][0]}: &Tensor"
        else:
            of = ", ".join(self.input_type(tree, call, len(inputs)) for _, tree in inputs)
            of = f"({of})" if len(inputs) != 1 else of
            names = ", ".join(name for name, _ in inputs)
            if len(inputs) != 1:
                names = f"&({names})"
            elif isinstance(inputs[0][1], tuple | Value):
                names = f"&{names}"
            types, parameter = f"<{of}, {output}>", f"{names}: &{of}"
        return (
            f"impl Forward{types} for __STRUCT__ {{\n"
            f"fn forward(&self, {parameter}, {context}: &mut ForwardPass<'_>) -> Result<{output}>"
        )

    def output_type(self, call: Call) -> str:
        if call.name in self.optional:
            return f"(Tensor{', Option<Tensor>' * self.optional[call.name]})"
        return self.type_of(call.output, call)

    def type_of(self, tree: Any, call: Call) -> str:
        match tree:
            case Value():
                return "Tensor"
            case tuple():
                parts = [self.type_of(part, call) for part in tree if has_values(part)]
                return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"
            case list():
                parts = {self.type_of(part, call) for part in tree if has_values(part)}
                if len(parts) != 1:
                    raise Refusal("it gives a list of different things", module=call.name)
                return f"Vec<{parts.pop()}>"
            case Fields():
                return self.output_struct(tree, self.giver(tree, call))
            case _:
                raise Refusal("it gives something that is no tensor", module=call.name)

    def output_struct(self, tree: Fields, call: Call) -> str:
        """The struct of an output with names."""
        base = type_name(type(call.module).__name__)
        wanted = (
            f"{base}Output"
            if tree.type_name in ("dict", "OrderedDict")
            else type_name(tree.type_name)
        )
        self.outputs.setdefault(wanted, (call.name, tree))
        return wanted

    def output_structs(self) -> list[str]:
        texts = []
        for name, (module, tree) in self.outputs.items():
            call = next(calls[module][0] for calls in self.calls if module in calls)
            kept = {key: part for key, part in tree.fields.items() if has_values(part)}
            fields = "".join(
                f"/// `{key}`.\npub {field_name(key)}: {self.type_of(part, call)},\n"
                for key, part in kept.items()
            )
            tensors = ", ".join(f"self.{field_name(key)}.tensors()" for key in kept)
            texts.append(
                f"/// What `{type(call.module).__qualname__}` gives.\npub struct {name} {{\n{fields}}}\n\n"
                f"impl TensorTree for {name} {{\nfn tensors(&self) -> Vec<&Tensor> {{\n[{tensors}].concat()\n}}\n}}"
            )
        return texts

    def input_type(self, tree: Any, call: Call, count: int) -> str:
        """What `forward` takes for one of `count` arguments."""
        match tree:
            case Value():
                return "i64" if is_size(tree) else "&Tensor"
            case type():
                return "bool"
            case tuple():
                parts = [self.input_type(part, call, 2) for part in tree if has_values(part)]
                return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"
            case list() if all(isinstance(part, Value) for part in tree):
                return "Vec<Tensor>" if count == 1 else "&Vec<Tensor>"
            case Fields():
                name = self.type_of(tree, call)
                return name if count == 1 else f"&{name}"
            case _:
                raise Refusal(
                    "an argument is neither a tensor nor a tuple of tensors", module=call.name
                )

    def giver(self, tree: Fields, call: Call) -> Call:
        """The innermost call that gave something with names as it is."""
        calls = [other for by_name in self.calls for calls in by_name.values() for other in calls]
        found = [other for other in calls if is_same_tree(other.output, tree)]
        if found:
            return max(found, key=lambda other: other.name.count(".") if other.name else -1)
        reason = "an argument with names that no module gives as it is, is not ported"
        raise Refusal(reason, module=call.name)


def is_same_tree(ours: Any, theirs: Any) -> bool:
    """Whether two trees with names have the same values."""
    if not isinstance(ours, Fields) or not isinstance(theirs, Fields):
        return False
    pairs = list(map(id, leaves(ours))), list(map(id, leaves(theirs)))
    return ours.fields.keys() == theirs.fields.keys() and pairs[0] == pairs[1]
