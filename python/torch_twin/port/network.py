"""Writes a network in Rust: a struct for each Python class, and its `forward`."""

import dataclasses
from collections import defaultdict
from contextlib import suppress

import torch
from torch import nn

from torch_twin.port.arguments import Arguments
from torch_twin.port.boxes import Boxes
from torch_twin.port.layers import Layer, aligned_groups, module_list, sequential
from torch_twin.port.modules import join
from torch_twin.port.reach import Reach
from torch_twin.port.refusal import Refusal
from torch_twin.port.replay_plan import equal_bits
from torch_twin.port.rust import field_name, number, snake, string, type_name
from torch_twin.port.text import with_unused
from torch_twin.port.ties import Ties
from torch_twin.port.unify import Template, shape, unified
from torch_twin.port.variants import Apart, Drawn, Field, align, merged
from torch_twin.port.ways import Ways

GENERATOR = "generator: &mut Generator"


@dataclasses.dataclass(eq=False)
class Struct:
    """A struct of Rust, and the instances that share it: for each the values of its arguments."""

    name: str
    text: str
    draws: bool
    draws_given: dict[str, bool]
    values: dict[str, list[str]]

    def make(self, instance: str) -> Layer:
        given = [*self.values[instance], *(["generator"] if self.draws else [])]
        draws = self.draws or self.draws_given[instance]
        return Layer(self.name, f"{self.name}::new({', '.join(given)})?", draws)


class Network(Ties, Ways, Reach, Boxes):
    """The structs of a model, from what it computes in `train` and in `eval` mode."""

    @property
    def root(self) -> str:
        """The struct of the whole network."""
        return self.structs[-1].name

    def constructed(self, name: str = "") -> list[tuple[str, nn.Module]]:
        """The layers of torch-twin, in the order in which Rust makes them."""
        module = self.model.get_submodule(name)
        if name and self.layer(name) is not None:
            return [(name, module)]
        # What a constructor is given is made before it.
        given = self.given.get(name, [])
        children = [own for own in module._modules if join(name, own) in self.modules]
        children.sort(key=lambda own: field_name(own) not in given)
        return [layer for own in children for layer in self.constructed(join(name, own))]

    def write(self) -> str:
        """All structs, the network first."""
        for names in self.classes():
            self.write_class(names)
        gaps = {gap.module for gap in self.gaps}
        for lost in (lost for exported in self.exported for lost in exported.watch.lost):
            if lost.module not in gaps:
                raise lost
        return "\n\n".join(
            [*(struct.text for struct in reversed(self.structs)), *reversed(self.functions)]
        )

    # From instances to structs

    def write_class(self, names: list[str]) -> None:
        self.write_functions([name for name in names if self.is_function(name)])
        names = [name for name in names if self.is_own(name)]
        if names:
            self.write_structs(names)

    def write_functions(self, names: list[str]) -> None:
        """What makes the Sequentials of one class: a function for each number of layers."""
        layers = aligned_groups([self.sequential(name) for name in names])
        groups: dict[tuple, list[int]] = defaultdict(list)
        for place, made in enumerate(layers):
            groups[shape(made.make)].append(place)
        for places in groups.values():
            of = [names[place] for place in places]
            template = unified([layers[place].make for place in places], "usize", self.arguments)
            init = [self.init_arguments.get(id(self.modules[name]), {}) for name in of]
            arguments = Arguments(template, Template([]), init)
            function = self.free(snake(type(self.modules[of[0]]).__name__), "_")
            draws = layers[places[0]].draws
            parameters = [f"{name}: {kind}" for name, kind in arguments.parameters()] + (
                [GENERATOR] if draws else []
            )
            kind = type(self.modules[of[0]])
            text = (
                f"/// `{kind.__qualname__}` of {kind.__module__}.{many(parameters)}\n"
                f"fn {function}({', '.join(parameters)}) -> Result<Sequential> {{\n"
                f"Ok({template.text(arguments.constructor_name)})\n}}"
            )
            self.functions.append(text)
            for place, name in enumerate(of):
                given = [*arguments.given(place), *(["generator"] if draws else [])]
                self.made[name] = Layer("Sequential", f"{function}({', '.join(given)})?", draws)
            self.taken.add(function)
            self.arguments[function] = [own for own, _ in arguments.parameters()]

    def sequential(self, name: str) -> Layer:
        return sequential([self.make(join(name, child)) for child in self.modules[name]._modules])

    def free(self, wanted: str, between: str = "") -> str:
        name, count = wanted, 1
        while name in self.taken | TAKEN:
            count += 1
            name = f"{wanted}{between}{count}"
        return name

    def write_structs(self, names: list[str]) -> None:
        drawn = {name: self.draw(name) for name in names}
        align(list(drawn.values()))
        if len({one.shape for one in drawn.values()}) > 1:
            with suppress(Apart):
                drawn = merged(drawn, self.modules)
                self.name_boxes(drawn)
        groups: dict[tuple, list[str]] = defaultdict(list)
        for name in names:
            groups[drawn[name].shape].append(name)
        for instances in groups.values():
            struct = self.unite(instances, drawn)
            self.structs.append(struct)
            for name in instances:
                self.made[name] = struct.make(name)

    def struct_name(self, name: str) -> str:
        """The class's name; of a container the attribute's."""
        kind = type(self.modules[name])
        own = [part for part in name.split(".") if part and not part.isdigit()]
        is_container = kind.__module__ == "torch.nn.modules.container" and own
        return self.free(type_name(own[-1] if is_container else kind.__name__))

    def unite(self, names: list[str], drawn: dict[str, Drawn]) -> Struct:
        kind = type(self.modules[names[0]])
        lines = unified([drawn[name].lines for name in names], "usize", self.arguments)
        forward = unified([drawn[name].forward for name in names], "i64", self.arguments)
        arguments = Arguments(
            lines, forward, [self.init_arguments.get(id(self.modules[name]), {}) for name in names]
        )
        draws = drawn[names[0]].draws
        self.given |= {name: [own for own, _, _ in drawn[name].given] for name in names}
        struct = self.struct_name(names[0])
        parameters = [f"{name}: {of}" for name, of in arguments.parameters()]
        parameters += [f"{name}: {of}" for name, of, _ in drawn[names[0]].given]
        parameters += [GENERATOR] if draws else []
        fields = "".join(f"field {name}: {of} = {made},\n" for name, of, made in arguments.fields())
        doc = f"/// `{kind.__qualname__}` of {kind.__module__}.{many(parameters)}"
        text = (
            f"module! {{\n{doc}\npub struct {struct}({', '.join(parameters)}) {{\n"
            f"{lines.text(arguments.constructor_name)}{fields}}}\n}}\n\n"
            f"{with_unused(forward.text(arguments.forward_name).replace('__STRUCT__', struct))}"
        )
        values = {
            name: [*arguments.given(place), *(made for _, _, made in drawn[name].given)]
            for place, name in enumerate(names)
        }
        self.taken.add(struct)
        self.arguments[struct] = [own for own, _ in arguments.parameters()]
        draws_given = {
            name: any("generator" in made for _, _, made in drawn[name].given) for name in names
        }
        return Struct(struct, text, draws, draws_given, values)

    def draw(self, name: str) -> Drawn:
        module = self.modules[name]
        fields, given = [], []
        for own, tensor in module._parameters.items():
            if tensor is not None:
                fields.append(self.tensor_field("param ", name, own, tensor))
        for own, tensor in module._buffers.items():
            if tensor is not None and own in module._non_persistent_buffers_set:
                fields.append(self.constant_field(name, own, tensor))
            elif tensor is not None:
                fields.append(self.tensor_field("buffer ", name, own, tensor))
        for own, child in module._modules.items():
            if child is None or (self.is_second(name, own) and not child.state_dict()):
                continue
            if self.is_second(name, own):
                made = self.second(name, own)
                field = field_name(own)
                fields.append(Field(own, field, attribute(own), "", made, True))
            else:
                made, argument = self.tied(name, own, self.make(join(name, own)))
                given += [argument] if argument else []
                is_layer = self.is_layer(join(name, own))
                field = field_name(own)
                fields.append(Field(own, field, attribute(own), "", made, is_layer))
        head, statements = self.forward_or_gap(name)
        return Drawn(fields, head, statements, given)

    def tensor_field(self, role: str, module: str, own: str, tensor: torch.Tensor) -> Field:
        kind = KINDS.get(tensor.dtype)
        if kind is None:
            raise Refusal(f"`{own}` has values of type {tensor.dtype}")
        size = ", ".join(number(side) for side in tensor.shape)
        size = f"[{size}]" if size else "[0i64; 0]"
        value = self.constants.get(join(module, own), 0.0)
        function = {0.0: "f_zeros", 1.0: "f_ones"}.get(float(value), "f_zeros")
        if function == "f_ones":
            self.fills[join(module, own)] = value
        make = f"Tensor::{function}({size}, (Kind::{kind}, Device::Cpu))?"
        return Field(own, field_name(own), attribute(own), role, Layer("Tensor", make))

    def constant_field(self, module: str, own: str, tensor: torch.Tensor) -> Field:
        """A buffer that is in no `state_dict`: a field, with the values of the file `initial.safetensors`."""
        same = (name for name, other in self.from_file.items() if equal_bits(other, tensor))
        name = next(same, join(module, own))
        self.from_file.setdefault(name, tensor)
        return Field(
            own, field_name(own), "", "field ", Layer("Tensor", f"constant({string(name)})?")
        )

    def make(self, name: str) -> Layer:
        """The constructor of a child in Rust."""
        if name not in self.modules:
            raise Refusal("one module under two names is not ported there", module=name)
        known = self.layer(name)
        if known is not None:
            return known
        if name in self.made:
            return self.made[name]
        children = [self.make(join(name, child)) for child in self.modules[name]._modules]
        draws = any(child.draws for child in children)
        if self.is_sequential(name):
            return sequential(children)
        if self.is_list(name):
            return module_list(children, draws)
        raise Refusal("a module of this kind is not ported here", module=name)


KINDS = {
    torch.float32: "Float",
    torch.float64: "Double",
    torch.float16: "Half",
    torch.bfloat16: "BFloat16",
    torch.int64: "Int64",
    torch.int32: "Int",
    torch.int16: "Int16",
    torch.int8: "Int8",
    torch.uint8: "Uint8",
    torch.bool: "Bool",
}
# Names of the prelude that a struct of the crate may not take.
TAKEN = {
    "Tensor", "Kind", "Device", "Result", "Generator", "Module", "Forward", "ForwardPass", "Linear", "Sequential",
    "ModuleList", "Embedding", "Dropout", "Lstm", "Child", "Member", "Layer", "Entry", "StateDict", "Call",
    "MultiheadAttention", "Conv2d", "Conv1d", "LayerNorm", "GroupNorm", "BatchNorm", "Option", "Vec", "Box", "Some",
    "Softmax", "Relu", "Gelu", "Identity", "Flatten", "Dataset", "Sampler", "Subset", "DataLoader", "Averaging",
    "Adam", "Sgd", "Optimizer", "Recorder", "String", "Self",
}  # fmt: skip


def attribute(own: str) -> str:
    return "" if field_name(own) == own else f"#[name = {string(own)}]\n"


def many(parameters: list[str]) -> str:
    """Lets a function have as many arguments as the class in Python."""
    return "\n#[allow(clippy::too_many_arguments)]" if len(parameters) > 7 else ""
