"""Writes a network in Rust: a struct for each Python class, and its `forward`."""

import dataclasses
from collections import defaultdict
from contextlib import suppress
from typing import Any

import torch
from torch import nn

from torch_twin.port import modes
from torch_twin.port.body import INPUTS, Body, Resolver, Variable, has_values, walk
from torch_twin.port.capture import Call, Exported, Fields, Op, Value, leaves
from torch_twin.port.layers import Layer, aligned, has_hooks, layer, sequential
from torch_twin.port.refusal import Refusal
from torch_twin.port.replay_lines import literal
from torch_twin.port.rust import field_name, number, snake, string, type_name
from torch_twin.port.text import BREAK
from torch_twin.port.unify import Hole, Template, shape, unified
from torch_twin.port.variants import Apart, Drawn, Field, branch, merged

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


class Network(Resolver):
    """The structs of a model, from what it computes in `train` and in `eval` mode."""

    def __init__(
        self,
        model: nn.Module,
        train: Exported,
        evaluation: Exported,
        quiet: Exported,
        init_arguments: dict[int, dict[str, Any]],
        constants: dict[str, float],
    ) -> None:
        self.model = model
        self.train, self.evaluation = train, evaluation
        self.init_arguments, self.constants = init_arguments, constants
        self.fills: dict[str, float] = {}
        self.notes: list[str] = []
        self.optional: dict[str, int] = {}
        self.given: dict[str, list[str]] = {}
        self.functions: list[str] = []
        self.taken: set[str] = set()
        self.modules = dict(model.named_modules())
        self.exported = (train, evaluation, quiet)
        self.calls = [by_module(exported.call) for exported in self.exported]
        self.structs: list[Struct] = []
        self.made: dict[str, Layer] = {}
        self.outputs: dict[str, tuple[str, Fields]] = {}
        self.names: dict[int, list[str]] = defaultdict(list)
        for name, tensor in all_tensors(model):
            self.names[id(tensor)].append(name)

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
        children = [own for own, child in module._modules.items() if child is not None]
        children.sort(key=lambda own: field_name(own) not in given)
        return [layer for own in children for layer in self.constructed(join(name, own))]

    def write(self) -> str:
        """All structs, the network first."""
        for names in self.classes():
            self.write_class(names)
        return "\n\n".join(
            [*(struct.text for struct in reversed(self.structs)), *reversed(self.functions)]
        )

    # Which modules are structs

    def is_own(self, name: str) -> bool:
        self.modules[name]
        return name == "" or (self.layer(name) is None and not self.is_container(name))

    def layer(self, name: str) -> Layer | None:
        return layer(self.modules[name])

    def is_called(self, name: str) -> bool:
        return any(name in calls for calls in self.calls)

    def is_container(self, name: str) -> bool:
        return self.is_sequential(name) or self.is_list(name)

    def is_sequential(self, name: str) -> bool:
        """A Sequential that is called, of layers by number that make one tensor of another."""
        module = self.modules[name]
        is_plain = type(module).forward is nn.Sequential.forward and not has_hooks(module)
        return (
            is_plain
            and numbered(module)
            and not own_tensors(module)
            and self.is_called(name)
            and all(self.is_layer(join(name, child)) for child in module._modules)
        )

    def is_function(self, name: str) -> bool:
        """A Sequential of a class of its own, which becomes a function that makes it."""
        return (
            name != ""
            and self.is_sequential(name)
            and type(self.modules[name]) is not nn.Sequential
        )

    def is_layer(self, name: str) -> bool:
        """Whether every call makes one tensor of one tensor."""
        return all(
            is_simple(call) for calls in self.calls for call in calls.get(name, [])
        ) and self.is_called(name)

    def is_list(self, name: str) -> bool:
        module = self.modules[name]
        is_indexed = (
            isinstance(module, nn.ModuleList) or type(module).forward is nn.Sequential.forward
        )
        if not is_indexed or self.is_called(name) or not numbered(module) or own_tensors(module):
            return False
        kinds = {type(child) for child in module._modules.values()}
        return len(kinds) == 1 or all(self.is_layer(join(name, child)) for child in module._modules)

    def classes(self) -> list[list[str]]:
        """The own modules by their class, those within others first."""
        groups: dict[tuple, list[str]] = defaultdict(list)
        for name, module in self.modules.items():
            if self.is_own(name) or self.is_function(name):
                groups[self.group(module)].append(name)
        tallest = lambda names: max(height(self.modules[name]) for name in names)
        return sorted(groups.values(), key=tallest)

    @staticmethod
    def group(module: nn.Module) -> tuple:
        """What tells a struct from others: the class; of a class of containers, how deep they are as well."""
        is_container = type(module).__module__ == "torch.nn.modules.container"
        is_nested = any(
            type(child) is type(module) for child in module.modules() if child is not module
        )
        return type(module), height(module) if is_container or is_nested else 0

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
            template = unified([layers[place].make for place in places], "usize")
            init = [self.init_arguments.get(id(self.modules[name]), {}) for name in of]
            arguments = Arguments(template, Template([]), init)
            function = self.free(snake(type(self.modules[of[0]]).__name__), "_")
            draws = layers[places[0]].draws
            parameters = [f"{name}: {kind}" for name, kind in arguments.parameters()] + (
                [GENERATOR] if draws else []
            )
            kind = type(self.modules[of[0]])
            text = (
                f"/// `{kind.__qualname__}` of {kind.__module__}.\n"
                f"fn {function}({', '.join(parameters)}) -> Result<Sequential> {{\n"
                f"Ok({template.text(arguments.constructor_name)})\n}}"
            )
            self.functions.append(text)
            for place, name in enumerate(of):
                given = [*arguments.given(place), *(["generator"] if draws else [])]
                self.made[name] = Layer("Sequential", f"{function}({', '.join(given)})?", draws)
            self.taken.add(function)

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
        lines = unified([drawn[name].lines for name in names], "usize")
        forward = unified([drawn[name].forward for name in names], "i64")
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
        doc = f"/// `{kind.__qualname__}` of {kind.__module__}."
        text = (
            f"module! {{\n{doc}\npub struct {struct}({', '.join(parameters)}) {{\n"
            f"{lines.text(arguments.constructor_name)}{fields}}}\n}}\n\n"
            f"{forward.text(arguments.forward_name).replace('__STRUCT__', struct)}"
        )
        values = {
            name: [*arguments.given(place), *(made for _, _, made in drawn[name].given)]
            for place, name in enumerate(names)
        }
        self.taken.add(struct)
        draws_given = {
            name: any("generator" in made for _, _, made in drawn[name].given) for name in names
        }
        return Struct(struct, text, draws, draws_given, values)

    def draw(self, name: str) -> Drawn:
        module = self.modules[name]
        fields = []
        for role, tensors in (("param ", module._parameters), ("buffer ", module._buffers)):
            for own, tensor in tensors.items():
                if tensor is not None:
                    fields.append(self.tensor_field(role, name, own, tensor))
        for own, child in module._modules.items():
            if child is not None:
                made = self.tied(name, own, self.make(join(name, own)))
                is_layer = self.is_layer(join(name, own))
                field = field_name(own)
                fields.append(Field(own, field, attribute(own), "", made, is_layer))
        head, statements = self.forward(name)
        return Drawn(fields, head, statements)

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

    def make(self, name: str) -> Layer:
        """The constructor of a child in Rust."""
        canonical = self.canonical(name)
        known = self.layer(canonical)
        if known is not None:
            return known
        if canonical in self.made:
            return self.made[canonical]
        module = self.modules[canonical]
        children = [self.make(join(canonical, child)) for child in module._modules]
        draws = any(child.draws for child in children)
        if self.is_sequential(canonical):
            return sequential(children)
        if self.is_list(canonical):
            return module_list(children, draws)
        raise Refusal("a module of this kind is not ported here", module=canonical)

    def tied(self, of: str, own: str, made: Layer) -> Layer:
        """A layer whose weight is that of another one, which is made before it."""
        module = self.model.get_submodule(join(of, own))
        weight = module._parameters.get("weight")
        if weight is None or self.layer(join(of, own)) is None:
            return made
        first = self.names[id(weight)][0]
        if first == join(of, f"{own}.weight"):
            return made
        prefix = f"{of}." if of else ""
        field, *path = first.removeprefix(prefix).split(".")
        known = list(self.model.get_submodule(of)._modules)
        if (
            not first.startswith(prefix)
            or field not in known
            or known.index(field) > known.index(own)
        ):
            raise Refusal(
                f"its weight is `{first}`, which is not made before it", module=join(of, own)
            )
        if made.type_name not in ("Linear", "Conv2d"):
            raise Refusal(
                f"a {made.type_name} with the weight of another is not ported", module=join(of, own)
            )
        source = field_name(field) + "".join(f".{field_name(part)}.module()" for part in path[:-1])
        weight_text = f"{source}.{path[-1]}.shallow_clone()"
        has_bias = module._parameters.get("bias") is not None
        bias = "drawn.bias" if has_bias else "None"
        tied = f"{made.type_name}::from_tensors({weight_text}, {bias})"
        drawn = f"let drawn = {made.make};" if has_bias else f"{made.make};"
        why = "// Python draws a weight here as well, before it is tied."
        block = BREAK.join(["{", why, drawn, tied, "}"])
        return Layer(made.type_name, block, made.draws)

    def canonical(self, name: str) -> str:
        module = self.model.get_submodule(name)
        if name not in self.modules or self.modules[name] is not module:
            raise Refusal("one module under two names is not ported yet", module=name)
        return name

    # forward

    def forward(self, name: str) -> tuple[str, list[str]]:
        """The head and the statements of `forward`."""
        trains, evaluations, quiets = (calls.get(name, []) for calls in self.calls)
        if not trains and not evaluations:
            return "", []
        if not trains or not evaluations:
            texts = [self.body(call, {}) for call in trains or evaluations]
        else:
            if len(trains) != len(evaluations):
                raise Refusal("it is called more often in one mode than in the other", module=name)
            texts = [self.both(*pair) for pair in zip(trains, evaluations, strict=True)]
        if any(text != texts[0] for text in texts):
            raise Refusal("its calls compute different things", module=name)
        return self.with_quiet(texts[0], evaluations, quiets)

    def with_quiet(
        self, text: tuple[str, list[str]], evaluations: list[Call], quiets: list[Call]
    ) -> tuple[str, list[str]]:
        """Adds what it computes in eval mode without gradients, where that is something else."""
        if not evaluations or not quiets or is_same(evaluations[0], quiets[0]):
            return text
        body = self.writer(quiets[0], {})
        own = body.write()
        if self.output_type(quiets[0]) != self.output_type(evaluations[0]):
            raise Refusal("it gives something else under no_grad", module=quiets[0].name)
        head, statements = text
        lines = "\n".join(own)
        why = "// Python takes another way here, which rounds otherwise."
        quiet = f"if !pass.training() && !is_grad_enabled() {{\n{why}\nreturn {{\n{lines}\n}};\n}}"
        return head.replace("_pass: &mut", "pass: &mut"), [quiet, *statements]

    def both(self, train: Call, evaluation: Call) -> tuple[str, list[str]]:
        try:
            return self.body(train, modes.training_arguments(train, evaluation))
        except modes.Differs:
            pass
        optional = self.only_in_training(train, evaluation)
        first, second = (self.writer(call, {}) for call in (train, evaluation))
        if optional:
            first.only_in_training = second.only_in_training = optional
        bodies = [first.write(), second.write()]
        head = self.head(train, True)
        try:
            return head, branch(*bodies, "pass.training()", head)
        except Apart:
            own = ["\n".join(body) for body in bodies]
            return head, [f"if pass.training() {{\n{own[0]}\n}} else {{\n{own[1]}\n}}"]

    def only_in_training(self, train: Call, evaluation: Call) -> int:
        """How many outputs are given in training alone, after the one that is always given."""
        if self.output_type(train) == self.output_type(evaluation):
            return 0
        is_more = isinstance(train.output, tuple) and all(
            isinstance(part, Value) for part in train.output
        )
        if not is_more or not isinstance(evaluation.output, Value):
            raise Refusal("it gives something else in eval mode", module=train.name)
        self.optional[train.name] = len(train.output) - 1
        return len(train.output) - 1

    def body(self, call: Call, flags: dict[int, str]) -> tuple[str, list[str]]:
        body = self.writer(call, flags)
        statements = body.write()
        return self.head(call, body.uses_pass), statements

    def writer(self, call: Call, flags: dict[int, str]) -> Body:
        body = Body(call, flags, self)
        if call.name == "":
            body.checks_sizes = True
            body.branches = self.train.branches
        return body

    def head(self, call: Call, uses_pass: bool) -> str:
        """`impl Forward for …`, up to the body."""
        inputs = [
            (field_name(name), tree) for name, tree in call.arguments.items() if has_values(tree)
        ]
        output = self.output_type(call)
        context = "pass" if uses_pass else "_pass"
        if len(inputs) == 1 and isinstance(inputs[0][1], Value) and output == "Tensor":
            types, parameter = "", f"{inputs[0][0]}: &Tensor"
        elif len(inputs) == 1 and isinstance(inputs[0][1], Value):
            types, parameter = f"<Tensor, {output}>", f"{inputs[0][0]}: &Tensor"
        else:
            of = ", ".join(input_type(tree) for _, tree in inputs)
            of = f"({of})" if len(inputs) != 1 else of
            names = ", ".join(name for name, _ in inputs)
            if len(inputs) != 1:
                names = f"&({names})"
            elif not of.startswith("Vec<"):
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
                return self.output_struct(tree, call)
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
            kept = [
                (field_name(key), part) for key, part in tree.fields.items() if has_values(part)
            ]
            fields = "".join(
                f"/// `{key}`.\npub {key}: {self.type_of(part, call)},\n" for key, part in kept
            )
            tensors = ", ".join(f"self.{key}.tensors()" for key, _ in kept)
            texts.append(
                f"/// What `{type(call.module).__qualname__}` gives.\npub struct {name} {{\n{fields}}}\n\n"
                f"impl TensorTree for {name} {{\nfn tensors(&self) -> Vec<&Tensor> {{\n[{tensors}].concat()\n}}\n}}"
            )
        return texts

    # What a body reaches

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
                    return Variable(self.field_of_child(join(of, path[0]), path[0], last))
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

    def field_of_child(self, child: str, own: str, tensor: str) -> str:
        receiver = f"self.{field_name(own)}.module()"
        return f"{receiver}.{field_name(tensor)}"

    def aliases(self, source: str) -> list[str]:
        owner, _, last = source.rpartition(".")
        module = self.model.get_submodule(owner)
        tensor = module._parameters.get(last, module._buffers.get(last))
        if tensor is None:
            return [source]
        return [source, *self.names[id(tensor)]]


class Arguments:
    """The arguments of `new` for the numbers in which instances differ."""

    def __init__(self, lines: Template, forward: Template, init: list[dict[str, Any]]) -> None:
        self.init = init
        self.named: dict[tuple, str] = {}
        self.constructor = [(hole.kind, hole.values) for hole in lines.holes]
        self.of_forward = [(hole.kind, hole.values) for hole in forward.holes]
        for hole in [*lines.holes, *forward.holes]:
            if self.key(hole) not in self.named:
                self.named[self.key(hole)] = self.fresh(hole)

    @staticmethod
    def key(hole: Hole) -> tuple:
        return ("int" if hole.kind in ("usize", "i64") else hole.kind, hole.values)

    def fresh(self, hole: Hole) -> str:
        from_init = [
            name
            for name in (self.init[0] if self.init else {})
            if tuple(
                number(of.get(name)) if isinstance(of.get(name), int | float) else ""
                for of in self.init
            )
            == hole.values
        ]
        wanted = field_name(from_init[0] if from_init else hole.hint)
        name, count = wanted, 1
        while name in self.named.values():
            count += 1
            name = f"{wanted}_{count}"
        return name

    def parameters(self) -> list[tuple[str, str]]:
        """Name and type: what only `forward` takes is an i64."""
        in_constructor = {
            self.key_of(kind, values) for kind, values in self.constructor if kind == "usize"
        }
        return [
            (name, "usize" if kind == "int" and (kind, values) in in_constructor else KIND_OF[kind])
            for (kind, values), name in self.named.items()
        ]

    @staticmethod
    def key_of(kind: str, values: tuple) -> tuple:
        return ("int" if kind in ("usize", "i64") else kind, values)

    def fields(self) -> list[tuple[str, str, str]]:
        """What `forward` takes: name, type and value."""
        types = dict(self.parameters())
        wanted = {}
        for kind, values in self.of_forward:
            name = self.named[self.key_of(kind, values)]
            made = f"{name} as {kind}" if types[name] == "usize" and kind == "i64" else name
            wanted[name] = (name, kind, made)
        return list(wanted.values())

    def constructor_name(self, hole: Hole) -> str:
        name = self.named[self.key(hole)]
        is_cast = hole.kind == "i64" and dict(self.parameters())[name] == "usize"
        return f"{name} as i64" if is_cast else name

    def forward_name(self, hole: Hole) -> str:
        return f"self.{self.named[self.key(hole)]}"

    def given(self, place: int) -> list[str]:
        return [values[place] for _, values in self.named]


# The most numbers that are written out.
LARGEST_CONSTANT = 64
KIND_OF = {"int": "i64", "f64": "f64", "bool": "bool"}
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


def align(instances: list[Drawn]) -> None:
    """Writes the same options of the same layer in all instances."""
    names = dict.fromkeys(field.field for one in instances for field in one.fields)
    for name in names:
        fields = [field for one in instances for field in one.fields if field.field == name]
        for field, made in zip(fields, aligned([field.made for field in fields]), strict=True):
            field.made = made


def aligned_groups(layers: list[Layer]) -> list[Layer]:
    """The layers, those of the same number of parts aligned with each other."""
    result = list(layers)
    for kind in {tuple(part.type_name for part in one.parts) for one in layers}:
        places = [
            k for k, one in enumerate(layers) if tuple(part.type_name for part in one.parts) == kind
        ]
        for place, made in zip(places, aligned([layers[k] for k in places]), strict=True):
            result[place] = made
    return result


def module_list(children: list[Layer], draws: bool) -> Layer:
    types = {child.type_name for child in children}
    if len(types) == 1:
        of = children[0].type_name
        makes = [child.make for child in children]
        if len(makes) > 1 and len(set(makes)) == 1:
            made = makes[0].removesuffix("?")
            if not makes[0].endswith("?"):
                made = f"Ok({makes[0]})"
            blocks = f"(0..{len(makes)}).map(|_| {made}).collect::<Result<Vec<_>>>()?"
            return Layer(f"ModuleList<{of}>", f"ModuleList::new({blocks})", draws)
        return Layer(f"ModuleList<{of}>", f"ModuleList::new([{', '.join(makes)}])", draws)
    makes = ", ".join(f"Box::new({child.make}) as Box<dyn Layer>" for child in children)
    return Layer("ModuleList<Box<dyn Layer>>", f"ModuleList::new([{makes}])", draws)


def is_same(evaluation: Call, quiet: Call) -> bool:
    try:
        return not modes.training_arguments(evaluation, quiet)
    except modes.Differs:
        return False


def attribute(own: str) -> str:
    return "" if field_name(own) == own else f"#[name = {string(own)}]\n"


def by_module(root: Call) -> dict[str, list[Call]]:
    found: dict[str, list[Call]] = defaultdict(list)

    def visit(call: Call) -> None:
        found[call.name].append(call)
        for item in walk(call.body):
            if isinstance(item, Call):
                visit(item)

    visit(root)
    return found


def is_simple(call: Call) -> bool:
    inputs = [tree for tree in call.arguments.values() if has_values(tree)]
    return len(inputs) == 1 and isinstance(inputs[0], Value) and isinstance(call.output, Value)


def numbered(module: nn.Module) -> bool:
    return list(module._modules) == [str(place) for place in range(len(module._modules))]


def own_tensors(module: nn.Module) -> bool:
    return bool(module._parameters or module._buffers)


def height(module: nn.Module) -> int:
    return 1 + max((height(child) for child in module.children()), default=0)


def join(parent: str, name: str) -> str:
    return f"{parent}.{name}" if parent else name


def all_tensors(model: nn.Module) -> list[tuple[str, torch.Tensor]]:
    return [
        *model.named_parameters(remove_duplicate=False),
        *model.named_buffers(remove_duplicate=False),
    ]


def input_type(tree: Any) -> str:
    match tree:
        case Value():
            return "&Tensor"
        case tuple():
            parts = [input_type(part) for part in tree if has_values(part)]
            return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"
        case list() if all(isinstance(part, Value) for part in tree):
            return "Vec<Tensor>"
        case _:
            raise Refusal("an argument is neither a tensor nor a tuple of tensors")


__all__ = ["Network", "Op", "leaves"]
