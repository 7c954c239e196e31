"""Writes a network in Rust: a struct for each Python class, and its `forward`."""

import dataclasses
import inspect
from collections import defaultdict
from contextlib import suppress

import torch
from torch import nn

from torch_twin.port import modes
from torch_twin.port.arguments import Arguments
from torch_twin.port.body import Body
from torch_twin.port.boxes import name_boxes
from torch_twin.port.capture import Call, Value
from torch_twin.port.layers import Layer, aligned_groups, layer, module_list, sequential
from torch_twin.port.modules import join
from torch_twin.port.refusal import Refusal
from torch_twin.port.replay import equal_bits
from torch_twin.port.replay_lines import literal
from torch_twin.port.rust import field_name, number, snake, string, type_name
from torch_twin.port.scope import INPUTS, Resolver, Variable
from torch_twin.port.signatures import Signatures
from torch_twin.port.text import BREAK, with_unused
from torch_twin.port.unify import Template, shape, unified
from torch_twin.port.variants import Apart, Drawn, Field, align, branch, merged

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


class Network(Signatures, Resolver):
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
                name_boxes(self, drawn)
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

    # forward

    def forward_or_gap(self, name: str) -> tuple[str, list[str]]:
        """What cannot be ported is a `compile_error!` with the reason, so that nobody trusts the gap."""
        try:
            for refusal in self.lost(name):
                raise refusal
            return self.forward(name)
        except Refusal as refusal:
            call = next(calls[name][0] for calls in self.calls if name in calls)
            self.gaps.append(Refusal(refusal.reason, refusal.place, name))
            place = refusal.place.rpartition("/")[2]
            text = f"{place}: {refusal.reason}" if place else refusal.reason
            return self.head(call, True), [f"compile_error!({string(text)})"]

    def lost(self, name: str) -> list[Refusal]:
        return [
            lost
            for exported in self.exported
            for lost in exported.watch.lost
            if lost.module == name
        ]

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
        if evaluations and quiets:
            if len(evaluations) != len(quiets):
                raise Refusal(
                    "it is called more often in eval mode than under no_grad", module=name
                )
            pairs = zip(texts, evaluations, quiets, strict=False)
            texts = [self.with_quiet(*pair) for pair in pairs]
        if any(text != texts[0] for text in texts):
            return self.by_flag(name, trains or evaluations, texts)
        return texts[0]

    def by_flag(
        self, name: str, calls: list[Call], texts: list[tuple[str, list[str]]]
    ) -> tuple[str, list[str]]:
        """What it computes by an argument that is `True` in some calls and `False` in others."""
        for flag in flags(calls):
            chosen = [flag_of(call, flag) for call in calls]
            ways = {
                on: [t for t, is_on in zip(texts, chosen, strict=True) if is_on is on]
                for on in (True, False)
            }
            if all(text[1] == way[0][1] for way in ways.values() for text in way):
                self.flags[name] = flag
                head = self.head(calls[0], any("_pass: &mut" not in text[0] for text in texts))
                on, off = (way[0][1] for way in ways.values())
                try:
                    return head, branch(on, off, field_name(flag), head)
                except Apart:
                    bodies = ["\n".join(body) for body in (on, off)]
                    return head, [
                        f"if {field_name(flag)} {{\n{bodies[0]}\n}} else {{\n{bodies[1]}\n}}"
                    ]
        raise Refusal("its calls compute different things", module=name)

    def given_flag(self, call: Call) -> str:
        flag = self.flags.get(call.name)
        return "" if flag is None else str(flag_of(call, flag)).lower()

    def with_quiet(
        self, text: tuple[str, list[str]], evaluation: Call, quiet: Call
    ) -> tuple[str, list[str]]:
        """Adds what it computes in eval mode without gradients, where that is something else."""
        if is_same(evaluation, quiet):
            return text
        body = self.writer(quiet, {})
        own = body.write()
        if self.output_type(quiet) != self.output_type(evaluation):
            raise Refusal("it gives something else under no_grad", module=quiet.name)
        head, statements = text
        if own == statements:
            return text
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
            body.branches = self.train.watch.branches
        return body

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


# The tensors of layers that may be missing.
OPTIONAL = {
    **dict.fromkeys(("Linear", "Conv1d", "Conv2d", "ConvTranspose2d"), ("bias",)),
    **dict.fromkeys(("LayerNorm", "GroupNorm", "BatchNorm1d", "BatchNorm2d"), ("weight", "bias")),
}
# The most numbers that are written out.
LARGEST_CONSTANT = 64
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


def flags(calls: list[Call]) -> list[str]:
    """The arguments that are `True` in some calls and `False` in others."""
    names = dict.fromkeys(inspect.signature(calls[0].module.forward).parameters)
    return [name for name in names if {True, False} == {flag_of(call, name) for call in calls}]


def flag_of(call: Call, name: str) -> bool | None:
    """An argument of a call, or its default; none where it is no bool."""
    parameter = inspect.signature(call.module.forward).parameters[name]
    value = call.arguments.get(name, parameter.default)
    return value if isinstance(value, bool) else None


def is_same(evaluation: Call, quiet: Call) -> bool:
    try:
        return not modes.training_arguments(evaluation, quiet)
    except modes.Differs:
        return False


def attribute(own: str) -> str:
    return "" if field_name(own) == own else f"#[name = {string(own)}]\n"


def many(parameters: list[str]) -> str:
    """Lets a function have as many arguments as the class in Python."""
    return "\n#[allow(clippy::too_many_arguments)]" if len(parameters) > 7 else ""
