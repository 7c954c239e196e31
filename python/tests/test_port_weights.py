"""Initial values that Python loads, converts, or draws for layers that it drops."""

import torch
from torch import nn

from torch_twin.port.source import Source
from torch_twin.port.translate import translate


def ported(make, size=(2, 4)):
    draw = lambda: torch.randn(size, dtype=next(make().parameters()).dtype)
    return translate(Source("net.py", "net.py", None, None, None, make, draw, None, None), [])


def loaded(kept=True):
    """A network whose weights come from elsewhere; without `kept`, all but the last layer's."""
    model = nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Linear(5, 2))
    generator = torch.Generator().manual_seed(3)
    other = {
        name: torch.rand(tensor.shape, generator=generator)
        for name, tensor in model.state_dict().items()
        if tensor.is_floating_point() and (kept or not name.startswith("2."))
    }
    model.load_state_dict(other, strict=False)
    return model


def test_weights_that_python_loads_are_a_file_of_the_crate():
    made = ported(loaded)
    assert set(made.files) == {"weights.safetensors"}
    assert "The weights that Python loads are in `weights.safetensors`." in made.rust
    assert "::new(generator)?;\n    load_weights(&net)?;\n    Ok(net)" in made.rust
    assert "initialise" not in made.rust


def test_a_network_that_draws_a_part_reads_the_rest_from_the_file_of_constants():
    made = ported(lambda: loaded(kept=False))
    assert set(made.files) == {"initial.safetensors"}
    assert "load_weights" not in made.rust


def test_a_network_that_is_converted_as_a_whole_draws_as_before_and_is_converted():
    for make in (lambda: nn.Linear(4, 3).double(), lambda: nn.Linear(4, 3).to(torch.float64)):
        rust = ported(lambda make=make: nn.Sequential(make(), nn.Tanh())).rust
        assert "Linear::new(4, 3, generator)?" in rust
        assert "net.to_kind(Kind::Double)?;" in rust
        assert "f_copy_" not in rust


def test_what_is_written_after_the_conversion_is_no_part_of_it():
    def make():
        model = nn.Sequential(nn.Linear(4, 3)).double()
        nn.init.normal_(model[0].weight)
        return model

    assert "to_kind(Kind::Double)?;\n    Ok(net)" not in ported(make).rust


class Dropping(nn.Module):
    def __init__(self):
        super().__init__()
        self.decoder = nn.ModuleList(nn.Linear(size, size) for size in (3, 4, 5, 6))
        self.decoder = nn.Linear(4, 2)
        for size in (3, 4, 5):
            nn.init.xavier_uniform_(torch.empty(size, size))

    def forward(self, x):
        return self.decoder(x)


def test_layers_that_python_drops_are_dropped():
    rust = ported(Dropping).rust
    assert "drop(Linear::new(3, 3, generator)?);\n    drop(Linear::new(4, 4, generator)?);" in rust
    assert "for size in [[3, 3], [4, 4], [5, 5]] {" in rust
