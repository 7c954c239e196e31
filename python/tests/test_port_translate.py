"""What the porter writes of small networks, and what it refuses by line and module."""

import random
import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from torch_twin.port.refusal import Refusal
from torch_twin.port.source import Source
from torch_twin.port.text import with_unused
from torch_twin.port.translate import translate


def translated(make, *inputs, dynamic=()):
    """What is ported of a network for inputs of these sizes."""
    draw = lambda: tuple(torch.randn(size) for size in inputs)
    source = Source("net.py", "net.py", None, None, None, make, draw, None, None)
    return translate(source, list(dynamic))


def ported(make, *inputs, dynamic=()):
    """Its `net.rs`."""
    return translated(make, *inputs, dynamic=dynamic).rust


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(4, 8)
        self.act = nn.ReLU()
        self.fc2 = nn.Linear(8, 3, bias=False)

    def forward(self, x):
        x = self.act(self.fc1(x))
        return self.fc2(x)


def test_a_module_becomes_a_struct_of_its_fields_and_its_lines():
    rust = ported(Mlp, (2, 4))
    assert "pub struct Mlp(generator: &mut Generator) {" in rust
    assert "fc1: Linear = Linear::new(4, 8, generator)?," in rust
    assert "fc2: Linear = Linear::builder(8, 3).bias(false).build(generator)?," in rust
    assert "let x = self.act.forward(&self.fc1.forward(x, pass)?, pass)?;" in rust
    assert "self.fc2.forward(&x, pass)" in rust
    assert "initialise" not in rust


def test_the_same_source_gives_the_same_text():
    assert ported(Mlp, (2, 4)) == ported(Mlp, (2, 4))


class Residual(nn.Module):
    def __init__(self, width, hidden, use_skip):
        super().__init__()
        self.use_skip = use_skip
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x):
        y = self.fc2(F.relu(self.fc1(x)))
        return x + y if self.use_skip else y


def test_instances_of_a_class_share_a_struct_with_numbers_and_a_bool_for_arguments():
    rust = ported(lambda: nn.Sequential(Residual(4, 8, True), Residual(4, 6, False)), (2, 4))
    assert rust.count("impl Forward for Residual") == 1
    assert "pub struct Residual(hidden: usize, use_skip: bool, generator: &mut Generator)" in rust
    assert "Residual::new(8, true, generator)?" in rust
    assert "Residual::new(6, false, generator)?" in rust
    assert "if self.use_skip {" in rust


class Down(nn.Module):
    def __init__(self, down):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.down = down

    def forward(self, x):
        y = self.fc(x)
        if self.down is not None:
            x = self.down(x)
        return x + y


def test_a_child_that_is_not_always_there_is_an_option():
    rust = ported(lambda: nn.Sequential(Down(None), Down(nn.Linear(4, 4))), (2, 4))
    assert rust.count("impl Forward for Down") == 1
    assert "down: Option<Linear> = down," in rust
    assert "Down::new(None, generator)?" in rust
    assert "Down::new(Some(Linear::new(4, 4, generator)?), generator)?" in rust


class Stack(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def test_equal_blocks_are_a_loop():
    rust = ported(Stack, (2, 4))
    assert "for layer in &self.layers {" in rust
    assert "(0..3)" in rust


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte = nn.Embedding(5, 4)
        self.head = nn.Linear(4, 5, bias=False)
        self.head.weight = self.wte.weight

    def forward(self, x):
        return self.head(x)


def test_tied_weights_are_one_tensor():
    assert "tied.weight = wte.weight.shallow_clone();" in ported(Tied, (2, 4))


class Keywords(nn.Module):
    def __init__(self):
        super().__init__()
        self.loop = nn.Linear(4, 4)
        self.add_module("0", nn.Linear(4, 4))
        self.match = nn.Parameter(torch.ones(4))

    def forward(self, x):
        return self.loop(x) * self.match + getattr(self, "0")(x)


def test_names_that_rust_does_not_take_are_stated():
    rust = ported(Keywords, (2, 4))
    assert '#[name = "loop"]\n        loop_: Linear' in rust
    assert '#[name = "0"]\n        module_0: Linear' in rust
    assert '#[name = "match"]\n        param match_: Tensor' in rust


class Outer(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 4, bias=False)
        self.inner = Tied()
        self.inner.head = nn.Linear(4, 4, bias=False)
        self.inner.head.weight = self.first.weight

    def forward(self, x):
        return self.inner(self.first(x))


def test_a_layer_tied_to_one_of_another_level_is_given_to_the_constructor():
    rust = ported(Outer, (2, 4))
    assert "pub struct Tied(head: Linear, generator: &mut Generator)" in rust
    assert "tied.weight = first.weight.shallow_clone();" in rust


class TwoNames(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.again = self.fc
        self.act = nn.ReLU()
        self.other_act = self.act

    def forward(self, x):
        return self.other_act(self.again(self.act(self.fc(x))))


def test_a_module_of_two_names_is_called_by_the_first_and_keeps_both_in_the_state_dict():
    rust = ported(TwoNames, (2, 4))
    assert "again: Linear = {" in rust
    assert "tied.weight = fc.weight.shallow_clone();" in rust
    assert "self.again" not in rust
    assert "other_act" not in rust


class Flagged(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x, skip=False):
        y = self.fc(x)
        if skip:
            y = y + x
        return F.relu(y)


class CallsTwice(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Flagged()

    def forward(self, x):
        return self.block(self.block(x, skip=True))


def test_a_flag_that_differs_among_calls_is_an_argument_of_forward():
    rust = ported(CallsTwice, (2, 4))
    assert "impl Forward<(&Tensor, bool), Tensor> for Flagged" in rust
    assert "self.block.forward(&(x, true), pass)?" in rust
    assert re.search(r"self\.block\s*\.forward\(&\(.*false\), pass\)", rust, re.DOTALL)
    assert "let y = if skip { y.f_add(x)? } else { y.shallow_clone() };" in rust


class Casts(nn.Module):
    def forward(self, x):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = x @ x
            with torch.autocast("cpu", enabled=False):
                z = x @ x
        return y.float() + z


def test_an_autocast_block_is_one():
    rust = ported(Casts, (4, 4))
    assert "autocast(Device::Cpu, Some(Kind::BFloat16), || {" in rust
    assert "autocast(Device::Cpu, None, || {" in rust


class Positions(nn.Module):
    def forward(self, x):
        positions = torch.arange(x.shape[1])
        if (torch.diff(positions) == 1).all():
            return x * 2
        return x * positions


class KeepsInput(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(4)
        self.fc = nn.Linear(4, 4)
        self.drop = nn.Identity()

    def forward(self, x):
        x = self.norm(x)
        kept = x
        first = self.fc(x[:, 0:1])
        x = torch.cat([first, x[:, 1:]], dim=1)
        return kept + self.drop(x)


def test_a_name_is_kept_as_long_as_any_of_its_values_is_needed():
    rust = ported(KeepsInput, (2, 3, 4))
    assert "let x_2 = Tensor::f_cat" in rust
    assert "x.f_add(&self.drop.forward(&x_2, pass)?)" in rust


def test_an_input_is_unused_where_another_value_has_its_name_first():
    forward = "fn forward(&self, &(x, y): &(&Tensor, &Tensor), pass: &mut P) -> Result<Tensor> {\n"
    hidden = forward + "let y = self.fc.forward(x, pass)?;\nOk(y)\n}"
    assert with_unused(hidden) == hidden.replace("(x, y)", "(x, _y)")
    used = forward + "let y = run(|| { let z = x; Ok(z.f_add(&y)?) })?;\nOk(y)\n}"
    assert with_unused(used) == used
    in_block = forward + "if x.dim() == 1 {\nlet y = x;\n}\nOk(y)\n}"
    assert with_unused(in_block) == in_block


def test_a_branch_on_what_only_sizes_decide_is_that_of_eager_mode():
    rust = ported(Positions, (2, 4))
    assert "x.f_mul_scalar(2)?" in rust
    assert "arange" not in rust


class Asks(nn.Module):
    def forward(self, x):
        return x * 2 if torch.is_grad_enabled() else x * 3


def test_what_a_module_computes_without_gradients_is_written_where_it_asks_for_them():
    rust = ported(lambda: nn.Sequential(nn.Linear(4, 4), Asks()), (2, 4))
    assert "if !pass.training() && !is_grad_enabled() {" in rust
    assert "f_mul_scalar(3)?" in rust


class Around(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return x + self.inner(x)


class Stem(nn.Module):
    def __init__(self):
        super().__init__()
        self.around = Around(nn.Linear(4, 4))

    def forward(self, x):
        return self.around(x) * 2


class TallAndSmall(nn.Module):
    """`Around` is within `Stem`, and elsewhere has more levels than `Stem`."""

    def __init__(self):
        super().__init__()
        self.stem = Stem()
        self.tall = Around(nn.Sequential(nn.Sequential(nn.Linear(4, 4))))

    def forward(self, x):
        return self.tall(self.stem(x))


def test_a_class_is_written_before_those_that_have_it_however_deep_it_is_elsewhere():
    rust = ported(TallAndSmall, (2, 4))
    assert re.search(r"around: Around =\s+Around::new\(", rust)


class WithoutGradient(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        with torch.no_grad():
            scale = self.fc(x) * 2
        return self.fc(x) + scale


def test_a_no_grad_block_is_one():
    assert "no_grad(|| -> Result<_> {" in ported(WithoutGradient, (2, 4))


class Random(nn.Module):
    def forward(self, x):
        return x + torch.randn_like(x) * F.dropout(x, 0.5, self.training)


def test_what_forward_draws_comes_from_the_generator_of_the_pass():
    rust = ported(Random, (2, 4))
    assert "randn_like(x)?" in rust
    assert "Dropout::new(0.5)?.forward(x, pass)?" in rust


class Sizes(nn.Module):
    def forward(self, x):
        batch, length, width = x.shape
        return x.reshape(batch * length, width).reshape(batch, width, length)


def test_the_batch_and_named_sizes_are_those_of_the_input():
    rust = ported(Sizes, (2, 3, 4), dynamic=[("x", 1)])
    assert "let (batch, length, 4) = x.size3()? else {" in rust
    assert "f_reshape([batch * length, 4])?" in rust
    assert "f_reshape([batch, 4, length])?" in rust


class Branch(nn.Module):
    def forward(self, x):
        if x.shape[0] == 7:
            return x * 2
        return x + 1


def test_a_branch_on_a_size_is_refused_at_the_sizes_that_were_not_exported():
    rust = ported(Branch, (2, 4))
    assert "if batch == 7 {" in rust
    assert "test_port_translate.py:" in rust
    assert "takes another branch" in rust


class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, gradient):
        return gradient * 3


class Custom(nn.Module):
    def forward(self, x):
        return Double.apply(x)


class Hooked(nn.Module):
    def forward(self, x):
        y = x * 2
        y.requires_grad_().register_hook(lambda gradient: gradient * 2)
        return y


class Chance(nn.Module):
    def forward(self, x):
        return x * random.random()


class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return x * self.calls


class Decides(nn.Module):
    def forward(self, x):
        return x * 2 if x.sum() > 0 else x


class BackwardHook(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.fc.register_full_backward_hook(lambda module, given, gave: None)

    def forward(self, x):
        return self.fc(x)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Custom, "autograd.Function"),
        (Hooked, "a hook on a tensor"),
        (Chance, "Python's or NumPy's random numbers"),
        (Counter, "changes the attribute `calls`"),
        (BackwardHook, "a backward hook"),
    ],
)
def test_what_export_loses_in_silence_is_a_compile_error_in_its_module(kind, words):
    made = translated(lambda: nn.Sequential(nn.Linear(4, 4), kind()), (2, 4))
    [gap] = made.gaps
    assert words in gap.reason
    assert gap.module.startswith("1")
    assert "compile_error!(" in made.rust
    assert words in re.sub(r"\s+", " ", made.rust)
    assert "Linear::new(4, 4, generator)?" in made.rust


def line_of(text):
    lines = Path(__file__).read_text().splitlines()
    return next(number for number, words in enumerate(lines, 1) if text in words)


def test_a_gap_names_the_python_line():
    made = translated(Custom, (2, 4))
    line = line_of("return Double.apply(x)")
    assert made.gaps[0].place.endswith(f"test_port_translate.py:{line}")
    assert f"test_port_translate.py:{line}: a custom autograd.Function" in made.rust


def test_what_export_does_not_take_is_refused_with_the_python_line():
    with pytest.raises(Refusal, match="torch.export does not take it") as refused:
        ported(Decides, (2, 4))
    line = line_of("return x * 2 if x.sum() > 0")
    assert refused.value.place.endswith(f"test_port_translate.py:{line}")


def test_1000_children_are_written():
    rust = ported(lambda: nn.Sequential(*(nn.Linear(2, 2) for _ in range(1000))), (2, 2))
    assert rust.count("Linear::new(2, 2, generator)?") == 1000
