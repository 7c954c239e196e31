"""An optimizer of `torch.optim`, written as the one of torch-twin."""

import math

import torch
from torch import nn, optim

from torch_twin.port.refusal import Refusal

# Its name in torch-twin, and the options that it has there under the same names.
KNOWN: dict[type, tuple[str, tuple[str, ...]]] = {
    optim.SGD: (
        "Sgd",
        ("lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize"),
    ),
    optim.Adam: ("Adam", ("lr", "betas", "eps", "weight_decay", "amsgrad", "maximize")),
    optim.AdamW: ("AdamW", ("lr", "betas", "eps", "weight_decay", "amsgrad", "maximize")),
    optim.Adagrad: (
        "Adagrad",
        ("lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps", "maximize"),
    ),
    optim.Adadelta: ("Adadelta", ("lr", "rho", "eps", "weight_decay", "maximize")),
    optim.RMSprop: (
        "RmsProp",
        ("lr", "alpha", "eps", "weight_decay", "momentum", "centered", "maximize"),
    ),
    optim.Adamax: ("Adamax", ("lr", "betas", "eps", "weight_decay", "maximize")),
    optim.NAdam: (
        "NAdam",
        (
            "lr",
            "betas",
            "eps",
            "weight_decay",
            "momentum_decay",
            "decoupled_weight_decay",
            "maximize",
        ),
    ),
    optim.RAdam: (
        "RAdam",
        ("lr", "betas", "eps", "weight_decay", "decoupled_weight_decay", "maximize"),
    ),
    optim.ASGD: ("Asgd", ("lr", "lambd", "alpha", "t0", "weight_decay", "maximize")),
    optim.Rprop: ("Rprop", ("lr", "etas", "step_sizes", "maximize")),
    optim.LBFGS: (
        "Lbfgs",
        (
            "lr",
            "max_iter",
            "max_eval",
            "tolerance_grad",
            "tolerance_change",
            "history_size",
            "line_search_fn",
        ),
    ),
}
# Options that are whole numbers in Rust.
COUNTS = ("max_iter", "max_eval", "history_size")
# Switches that choose another implementation, whose last bits differ.
SWITCHES = ("foreach", "fused", "capturable", "differentiable")

NAMED = """\
    let parameters = net.named_parameters();
    let named = |names: &[&str]| {
        let find = |name: &&str| {
            let found = parameters.iter().find(|(known, _)| known == name);
            let missing = || TorchError::new(&format!("there is no parameter {name}"));
            found.map(|(_, parameter)| parameter.shallow_clone()).ok_or_else(missing)
        };
        names.iter().map(find).collect::<Result<Vec<_>>>()
    };
"""


def optimizer_function(optimizer: optim.Optimizer, model: nn.Module, net: str) -> str:
    """`pub fn optimizer(net: &Net) -> Result<…>` in Rust, which makes the same optimizer.

    Raises:
        Refusal: one that torch-twin lacks, or options that it does not have.
    """
    kind = type(optimizer)
    name, options = checked(optimizer)
    defaults = kind([nn.Parameter(torch.zeros(1))]).defaults
    shared = optimizer.defaults.get("initial_accumulator_value")
    written = []
    for group in optimizer.param_groups:
        values = {option: group[option] for option in options}
        if shared is not None:
            # PyTorch takes that of the call for all groups.
            values["initial_accumulator_value"] = shared
        if kind is optim.LBFGS and values["max_eval"] == values["max_iter"] * 5 // 4:
            values["max_eval"] = defaults["max_eval"]
        differing = {key: value for key, value in values.items() if value != defaults[key]}
        written.append(
            struct(f"{name}Options", differing, all_given=len(differing) == len(options))
        )
    body = construction(optimizer, model, name, written)
    return (
        f"/// `torch.optim.{kind.__name__}`, as the Python side has it.\n"
        "///\n/// # Errors\n/// If libtorch fails, for example when memory runs out.\n"
        f"pub fn optimizer(net: &{net}) -> Result<{name}, OptimizerError> {{\n{body}}}\n"
    )


def checked(optimizer: optim.Optimizer) -> tuple[str, tuple[str, ...]]:
    """The optimizer's name in torch-twin and its options."""
    kind = type(optimizer)
    if kind not in KNOWN:
        known = ", ".join(cls.__name__ for cls in KNOWN)
        raise Refusal(f"optimizer() gives {kind.__name__}, which torch-twin lacks: it has {known}")
    if optimizer._optimizer_step_pre_hooks or optimizer._optimizer_step_post_hooks:
        raise Refusal("the optimizer has hooks, which a step in Rust would leave out")
    if kind is not optim.Adagrad and optimizer.state:
        raise Refusal("the optimizer has made steps already: give a new one")
    for group in optimizer.param_groups:
        for switch in SWITCHES:
            if group.get(switch):
                raise Refusal(
                    f"the optimizer has {switch}=True, whose last bits differ: leave it out"
                )
        if kind is optim.Adam and group.get("decoupled_weight_decay"):
            raise Refusal("Adam has decoupled_weight_decay=True: write AdamW, which is the same")
    return KNOWN[kind]


def takes_closure(optimizer: optim.Optimizer) -> bool:
    """Whether a step of the optimizer evaluates the loss by itself."""
    return isinstance(optimizer, optim.LBFGS)


def construction(
    optimizer: optim.Optimizer, model: nn.Module, name: str, options: list[str]
) -> str:
    """The body of `optimizer`: its groups of parameters, each by the shortest rule that gives it."""
    own = list(model.parameters())
    groups = [group["params"] for group in optimizer.param_groups]
    places = {id(parameter): place for place, parameter in enumerate(own)}
    if any(id(parameter) not in places for group in groups for parameter in group):
        raise Refusal("the optimizer trains a tensor that is no parameter of the network")
    chosen = [[places[id(parameter)] for parameter in group] for group in groups]
    if chosen == [list(range(len(own)))]:
        made = "new" if own else "with_groups"
        arguments = f"net.parameters(), {options[0]}"
        return f"    {name}::{made}({arguments if own else f'[({arguments})]'})\n"
    matrices = [place for place, parameter in enumerate(own) if parameter.dim() >= 2]
    others = [place for place, parameter in enumerate(own) if parameter.dim() < 2]
    if sorted(chosen) == sorted([matrices, others]) and matrices != others:
        names = ["matrices", "others"] if chosen[0] == matrices else ["others", "matrices"]
        pairs = ", ".join(f"({group}, {one})" for group, one in zip(names, options, strict=True))
        return (
            "    let parameters = net.parameters().into_iter();\n"
            "    let (matrices, others) = parameters.partition(|parameter| parameter.dim() >= 2);\n"
            f"    {name}::with_groups([{pairs}])\n"
        )
    return by_name(chosen, [key for key, _ in model.named_parameters()], name, options)


def by_name(chosen: list[list[int]], names: list[str], name: str, options: list[str]) -> str:
    """Groups of parameters by their names, or by what their names begin with."""
    prefixes = [prefix(group, names) for group in chosen]
    if all(prefixes):
        pairs = ", ".join(
            f'(within("{start}"), {one})' for start, one in zip(prefixes, options, strict=True)
        )
        return (
            "    let within = |module: &str| {\n"
            "        let parameters = net.named_parameters().into_iter();\n"
            "        let own = parameters.filter(|(name, _)| name.starts_with(module));\n"
            "        own.map(|(_, parameter)| parameter).collect()\n"
            "    };\n"
            f"    {made_of(name, pairs, len(options))}\n"
        )
    lists = [", ".join(f'"{names[place]}"' for place in group) for group in chosen]
    pairs = ", ".join(f"(named(&[{of}])?, {one})" for of, one in zip(lists, options, strict=True))
    return f"{NAMED}    {made_of(name, pairs, len(options))}\n"


def made_of(name: str, pairs: str, count: int) -> str:
    """The optimizer of one group, or of several."""
    return f"{name}::new{pairs}" if count == 1 else f"{name}::with_groups([{pairs}])"


def prefix(group: list[int], names: list[str]) -> str | None:
    """`backbone.`, where these are the parameters whose names begin so."""
    if not group:
        return None
    start = names[group[0]].partition(".")[0] + "."
    return start if group == [p for p, name in enumerate(names) if name.startswith(start)] else None


def struct(name: str, values: dict[str, object], all_given: bool) -> str:
    """Options that differ from the defaults."""
    if not values:
        return f"{name}::default()"
    fields = [field(key, value) for key, value in values.items()]
    if not all_given:
        fields.append(f"..{name}::default()")
    return f"{name} {{ {', '.join(fields)} }}"


def field(key: str, value: object) -> str:
    match key, value:
        case "line_search_fn", "strong_wolfe":
            return "line_search: Some(LineSearch::StrongWolfe)"
        case _ if key in COUNTS and type(value) is int and value >= 0:
            return f"{key}: {f'Some({value})' if key == 'max_eval' else value}"
    return f"{key}: {literal(key, value)}"


def literal(key: str, value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float() if math.isfinite(value):
            text = repr(float(value))
            return text.replace("e-0", "e-").replace("e+", "e")
        case tuple() | list():
            return f"({', '.join(literal(key, part) for part in value)})"
        case _:
            raise Refusal(f"the optimizer's {key} is {value!r}: give a number")
