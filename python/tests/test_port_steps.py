"""Steps along a sequence become a loop where it does the same, and stay where it does not."""

import torch
from torch import nn

from torch_twin.port.source import Source
from torch_twin.port.steps import with_steps
from torch_twin.port.translate import translate

CELL = "let (h, c) = self.cell.forward(&(&parts[{}], (&h, &c)), pass)?;"
BEGIN = ["let h = zeros()?;", "let c = zeros()?;", "let parts = x.f_split(1, 1)?;"]


def steps(count, *more):
    """Steps of a cell, each followed by further statements in which `{}` is its number."""
    texts = (CELL, *more)
    return BEGIN + [text.format(number) for number in range(count) for text in texts]


def test_a_state_that_is_carried_becomes_mutable():
    lines = with_steps([*steps(4), "Ok(h)"], {"parts": 4})
    assert lines == [
        "let mut h = zeros()?;",
        "let mut c = zeros()?;",
        "let parts = x.f_split(1, 1)?;",
        "for part in &parts {\n(h, c) = self.cell.forward(&(part, (&h, &c)), pass)?;\n}",
        "Ok(h)",
    ]


def test_results_of_all_steps_are_a_list():
    lines = steps(3, "let y_{} = self.head.forward(&h, pass)?;")
    lines += ["let z = y()?;", "Ok(Tensor::f_cat(&[&y_0, &y_1, &y_2, &z], 1)?)"]
    lines = with_steps(lines, {"parts": 4})
    assert lines[3] == "let mut ys = Vec::new();"
    assert lines[4].startswith("for part in &parts[0..3] {")
    assert "ys.push(self.head.forward(&h, pass)?);" in lines[4]
    assert lines[5:] == ["let z = y()?;", "ys.extend([z]);", "Ok(Tensor::f_cat(&ys, 1)?)"]


def test_a_result_is_that_of_its_place_in_the_step():
    steps = [
        text.format(number) for number in range(3) for text in ("let y_{} = h.f_sin()?;", CELL)
    ]
    lines = with_steps([*BEGIN, *steps, "Ok((h, Tensor::f_cat(&[&y_0, &y_1, &y_2], 1)?))"], {})
    assert lines == [*BEGIN, *steps, "Ok((h, Tensor::f_cat(&[&y_0, &y_1, &y_2], 1)?))"]
    [*_, loop, _] = with_steps(
        [*BEGIN, *steps, "Ok(Tensor::f_cat(&[&y_0, &y_1, &y_2], 1)?)"], {"parts": 3}
    )
    assert loop.splitlines()[1] == "ys.push(h.f_sin()?);"
    assert loop.splitlines()[2].startswith("(h, c) = self.cell.forward(")


def test_numbers_that_count_are_a_variable():
    lines = [f"let h = h.f_add(&x.f_select(1, {number})?)?;" for number in range(2, 6)]
    lines = with_steps(["let h = zeros()?;", *lines, "Ok(h)"], {})
    assert lines[:2] == [
        "let mut h = zeros()?;",
        "for i in 2..6 {\nh = h.f_add(&x.f_select(1, i)?)?;\n}",
    ]


def test_steps_that_differ_stay():
    result = "let y_{} = self.head.forward(&h, pass)?;"
    for lines in (
        # A result of one step alone is used.
        [*steps(3, result), "Ok(y_1)"],
        # In another order, or twice.
        [*steps(3, result), "Ok(Tensor::f_cat(&[&y_1, &y_0, &y_2], 1)?)"],
        [*steps(3, result), "Ok(Tensor::f_cat(&[&y_0, &y_1, &y_2], 1)?.f_add(&y_2)?)"],
        # The state is an argument, which cannot change.
        [*steps(3)[2:], "Ok(h)"],
        # The last value of what no step takes is used.
        [*BEGIN, *[f"let y = parts[{number}].f_sin()?;" for number in range(3)], "Ok(y)"],
        # The parts come in another order.
        [*BEGIN, *[CELL.format(number) for number in (0, 2, 1)], "Ok(h)"],
        # The first part is taken in every step as well.
        steps(3, "let y_{} = h.f_add(&parts[0])?;"),
        # Numbers that count, but are no sizes.
        ["let h = zeros()?;", *[f"let h = h.f_add_scalar({n}.5)?;" for n in range(3)], "Ok(h)"],
        # Too few.
        [*steps(2), "Ok(h)"],
    ):
        assert with_steps(lines, {"parts": 3}) == lines


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(2, 3)

    def forward(self, x):
        h = torch.zeros(x.size(0), 3)
        outputs = []
        for part in x.unbind(1):
            h = self.cell(part, h)
            outputs.append(torch.tanh(h))
        return torch.stack(outputs, 1)


def test_a_cell_along_a_sequence_is_a_loop():
    source = Source(
        "net.py", "net.py", None, None, None, Reader, lambda: torch.randn(2, 5, 2), None, None
    )
    rust = translate(source, []).rust
    assert "for part in &parts {" in rust
    assert "h = self.cell.forward(&(part, &h), pass)?;" in rust
    assert rust.count("self.cell.forward") == 1
