"""What the porter makes of lists, dictionaries and sizes between modules, and of classes that begin alike."""

import re
from collections import OrderedDict

import torch
from torch import nn

from torch_twin.port.lists import with_growing_lists
from torch_twin.port.replay_classes import Classes
from torch_twin.port.replay_rust import fills_first
from torch_twin.port.rust import snake
from torch_twin.port.source import Source
from torch_twin.port.translate import translate


def ported(make, *inputs):
    """`net.rs` of a network for inputs of these sizes."""
    draw = lambda: tuple(torch.randn(size) for size in inputs)
    source = Source("net.py", "net.py", None, None, None, make, draw, None, None)
    return translate(source, []).rust


class Taking(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(width, 2)

    def forward(self, parts):
        return self.fc(torch.cat(parts, 1))


class Dense(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = Taking(4), Taking(6), Taking(8)

    def forward(self, x):
        parts = [x]
        for layer in (self.first, self.second, self.third):
            parts.append(layer(parts))
        return torch.cat(parts, 1)


def test_a_list_of_all_that_was_computed_before_is_one_that_grows():
    rust = ported(Dense, (3, 4))
    assert "let mut outputs = vec![x.shallow_clone()];" in rust
    assert "outputs.push(self.second.forward(&outputs, pass)?);" in rust
    assert "Ok(Tensor::f_cat(&outputs, 1)?)" in rust


def test_a_list_grows_by_what_is_used_elsewhere_too_and_not_by_other_values():
    lines = [
        "let a = self.f.forward(&vec![x.shallow_clone()], pass)?;",
        "let b = self.f.forward(&vec![x.shallow_clone(), a.shallow_clone()], pass)?;",
        "let c = self.f.forward(&vec![x.shallow_clone(), a.shallow_clone(), b], pass)?;",
    ]
    grown = with_growing_lists([*lines, "Ok(a.f_add(&c)?)"])
    assert grown[1:3] == [
        "let a = self.f.forward(&outputs, pass)?;",
        "outputs.push(a.shallow_clone());",
    ]
    other = [*lines[:2], lines[2].replace("b]", "y]"), "Ok(c)"]
    assert with_growing_lists(other) == other


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 8), nn.Linear(8, 6)

    def forward(self, x):
        low = self.a(x).relu()
        return OrderedDict({"0": low, "high": self.b(low)})


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.c = nn.Linear(8, 3)

    def forward(self, inputs, unused):
        return self.c(inputs["0"])


class Dictionaries(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone, self.head = Backbone(), Head()

    def forward(self, x):
        features = self.backbone(x)
        return {"out": self.head(features, x), "features": features}


def test_a_dictionary_goes_from_module_to_module_as_a_struct():
    rust = ported(Dictionaries, (3, 4))
    assert "/// `0`.\n    pub module_0: Tensor," in rust
    assert "let features = self.backbone.forward(x, pass)?;" in rust
    assert "self.head.forward(&(&features, x), pass)?" in rust
    assert "impl Forward<(&BackboneOutput, &Tensor), Tensor> for Head" in rust
    assert "&(inputs, _): &(&BackboneOutput, &Tensor)" in rust
    assert "self.c.forward(&inputs.module_0, pass)" in rust
    assert "pub features: BackboneOutput," in rust


class Windows(nn.Module):
    """Takes four windows of each example."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        return self.fc(x).view(x.shape[0], 3, 1, 1).expand(x.shape[0] // 4 * 4, 3, 2, 1)


class Partition(nn.Module):
    def __init__(self):
        super().__init__()
        self.windows = Windows()

    def forward(self, x):
        return self.windows(x.reshape(x.shape[0] * 4, 3)).sum()


def test_a_multiple_of_the_batch_is_a_size_of_its_own():
    rust = ported(Partition, (2, 4, 3))
    assert "let (batch, _) = x.size2()?;" in rust
    assert ".f_view([batch, 3, 1, 1])?" in rust
    assert ".f_expand([batch, 3, 2, 1], false)" in rust


class Position(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.ones(1, 4))

    def forward(self, batch: int, height: int):
        return self.table.repeat(batch, height)


class Positions(nn.Module):
    def __init__(self):
        super().__init__()
        self.position = Position()

    def forward(self, x):
        return x + self.position(x.shape[0], 1)


def test_a_size_that_no_tensor_of_a_module_has_is_its_argument():
    rust = ported(Positions, (3, 4))
    assert "self.position.forward(&x.size()[0], pass)?" in rust
    assert "impl Forward<i64, Tensor> for Position" in rust
    assert "self.table.f_repeat([batch, 1])?" in rust


class Pair(nn.Module):
    def forward(self, x):
        x, tokens = x
        x = torch.relu(x)
        return torch.cat((tokens, x), 1)


class Pairs(nn.Module):
    def __init__(self):
        super().__init__()
        self.pair = Pair()

    def forward(self, x):
        return self.pair((x, x + 1))


def test_the_name_of_a_tuple_is_kept_until_all_of_it_is_used():
    rust = ported(Pairs, (3, 4))
    assert "let x_2 = x.0.f_relu()?" in rust or "&x.0.f_relu()?" in rust
    assert "let x = " not in rust.partition("for Pair {")[2]


class Fused(nn.Module):
    """Two sums of products in one statement, whose last product waits while the first sum is computed."""

    def __init__(self):
        super().__init__()
        self.fcs = nn.ModuleList(nn.Linear(4, 4) for _ in range(2))

    def forward(self, x):
        pairs = ([f(x) * n for f in self.fcs] for n in (2, 3))
        return sum(torch.stack(pair).sum(0) for pair in list(pairs))


def test_a_name_is_not_given_again_while_an_expression_that_has_it_waits():
    rust = ported(Fused, (3, 4))
    names = re.findall(r"let (mul\w*) = ", rust)
    assert len(names) == len(set(names)) >= 3


def test_two_children_of_which_one_is_there_are_two_structs():
    first = OrderedDict(act=nn.SiLU(), fc=nn.Linear(4, 4))
    second = OrderedDict(down=Half(), fc=nn.Linear(4, 4))
    rust = ported(lambda: nn.Sequential(nn.Sequential(first), nn.Sequential(second)), (3, 4))
    assert "Option<" not in rust


class Half(nn.Module):
    def forward(self, x):
        return x / 2


class Chosen(nn.Module):
    def __init__(self, width, conv):
        super().__init__()
        self.act = nn.Conv2d(width, width, 3, padding=1, bias=False) if conv else Half()
        self.fc = nn.Conv2d(width, width, 1)

    def forward(self, x):
        return self.fc(self.act(x))


def test_children_that_are_made_alike_are_made_by_a_function():
    make = lambda: nn.Sequential(*(Chosen(4, place != 1) for place in range(4)))
    rust = ported(make, (2, 4, 5, 5))
    assert rust.count("pub struct Chosen(") == 1
    assert "fn create_act(generator: &mut Generator) -> Result<Box<dyn Layer>> {" in rust
    assert rust.count("Chosen::new(create_act(generator)?, generator)?") == 3
    assert "Box::new(Half::new()?) as Box<dyn Layer>" in rust


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.last, self.first = nn.Linear(4, 4), nn.Linear(4, 4)
        nn.init.normal_(self.first.weight, 0.0, 0.5)

    def forward(self, x):
        return self.last(self.first(x))


def blocks():
    return nn.Sequential(*(Block() for _ in range(5)), nn.Linear(4, 1))


def test_what_the_instances_of_a_class_begin_with_is_a_function_of_the_name():
    rust = ported(blocks, (3, 4))
    assert "// As `Block` begins." in rust
    assert "let block = |name: &str, generator: &mut Generator| -> Result<()> {" in rust
    assert 'reset_parameters(&format!("{name}.last"), generator)?;' in rust
    assert 'block(&format!("{i}"), generator)?;' in rust


def test_instances_with_another_line_or_lines_in_between_have_no_part_in_the_function():
    model = blocks()
    lines = [
        f'init::{what}(&mut tensor("{place}.{own}.weight")?, generator)?;'
        for place, what in enumerate(["a", "a", "b", "a", "a"])
        for own, what in (("last", what), ("first", "x"), ("first", "y"), ("first", "z"))
    ]
    lines[3], lines[4] = lines[4], lines[3]
    functions, calls = Classes(model, {}).in_functions(lines)
    assert len([line for line in functions if "|name: &str" in line]) == 0
    lines[3], lines[4] = lines[4], lines[3]
    functions, calls = Classes(model, {}).in_functions(lines)
    assert calls[:2] == ['block("0", generator)?;', 'block("1", generator)?;']
    assert calls[2:6] == lines[8:12]


def test_a_class_that_is_drawn_in_two_passes_has_two_functions():
    lines = [
        f'init::{what}(&mut tensor("{place}.{own}.weight")?, generator)?;'
        for what in ("a", "b")
        for place in range(5)
        for own in ("last", "first", "first")
    ]
    functions, calls = Classes(blocks(), {}).in_functions(lines)
    assert len([line for line in functions if "|name: &str" in line]) == 2
    assert calls[4:6] == ['block("4", generator)?;', 'block_2("0", generator)?;']


def test_a_number_stays_behind_what_its_layer_begins_with():
    class Layers:
        """Layers that no statement is told apart by."""

        @staticmethod
        def statement(_line):
            return None

    reset = 'reset_parameters("head", generator)?;'
    bias, other = (f'init::zeros_(&mut tensor("{n}")?)?;' for n in ("head.bias", "scale"))
    assert fills_first([reset, bias, other], Layers) == [other, reset, bias]


class OwnConv(nn.Conv2d):
    """A convolution that is no layer of torch-twin."""

    def forward(self, x):
        return super().forward(x * 2)


def by_fan_out():
    net = nn.Sequential(*(OwnConv(3 + k, 4 + k, 3, bias=False) for k in range(5)))
    for layer in net:
        nn.init.normal_(layer.weight, 0.0, (2 / (9 * layer.out_channels)) ** 0.5)
    nn.init.normal_(net[2].weight, 0.0, 0.125)
    return net


def test_numbers_that_follow_from_the_size_of_a_weight_are_those_of_a_function():
    rust = ported(by_fan_out, (2, 3, 12, 12))
    assert "let normal_by_fan_out = |name: &str, generator: &mut Generator| -> Result<()> {" in rust
    assert "init::normal_(&mut weight, 0.0, (2.0 / fan_out as f64).sqrt(), generator)?;" in rust
    assert 'normal_by_fan_out(&format!("{i}.weight"), generator)?;' in rust
    assert 'init::normal_(&mut tensor("2.weight")?, 0.0, 0.125, generator)?;' in rust


def test_words_of_capitals_are_one_word():
    names = {"SEModule": "se_module", "MLP": "mlp", "layerNorm1": "layer_norm1", "fc_A": "fc_a"}
    assert {name: snake(name) for name in names} == names
