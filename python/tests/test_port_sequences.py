"""Networks of sequences: lengths stay open, and masks are causal where they are so in eager mode."""

import pytest
import torch
from torch import nn

from torch_twin.port.refusal import Refusal
from torch_twin.port.source import Source
from torch_twin.port.translate import translate


def ported(make, *inputs, loss=None):
    """`net.rs` of a network for these inputs."""
    source = Source("net.py", "net.py", None, None, None, make, lambda: inputs, loss, None)
    return translate(source, [])


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.embed = nn.Embedding(10, 4)
        self.rnn = kind(4, 5)

    def forward(self, tokens):
        output, _ = self.rnn(self.embed(tokens))
        return output.view(-1, 5)


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_a_recurrent_layer_takes_sequences_of_any_length(kind):
    made = ported(lambda: Recurrent(kind), torch.randint(0, 10, (6, 3)))
    assert len(made.signature.dynamic) == 2
    assert "was exported with the size" not in made.rust


def test_several_results_have_the_names_of_their_operator():
    rust = ported(lambda: Recurrent(nn.GRU), torch.randint(0, 10, (6, 3))).rust
    assert "let (output, h_n) = input.f_gru(" in rust.replace("\n", "")
    assert "Ok((output, h_n))" in rust


class Lengths(nn.Module):
    def forward(self, tokens):
        return torch.zeros(len(tokens), 2) + tokens.size(1)


class Fixed(nn.Module):
    def forward(self, tokens):
        return torch.zeros(int(tokens.size(0)), 2)


def test_len_is_a_size_like_any_other():
    rust = ported(Lengths, torch.randint(0, 10, (6, 3))).rust
    assert "Tensor::f_zeros([batch, 2]," in rust


def test_a_size_that_export_has_fixed_on_the_way_is_checked():
    rust = ported(Fixed, torch.randint(0, 10, (6, 3))).rust
    assert "let (6, _) = tokens.size2()? else {" in rust
    assert "`tokens` was exported with the size 6 × any" in rust


class Masked(nn.Module):
    def __init__(self, kind):
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 8, batch_first=False)
        self.encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.kind = kind

    def forward(self, x):
        mask = torch.log(torch.tril(torch.ones(x.size(0), x.size(0))))
        if self.kind == "other":
            mask = mask.flip(0)
        if self.kind == "values":
            mask = mask + 0 * x[:, :1, 0]
        return self.encoder(x, mask=mask)


def test_a_mask_is_causal_where_it_is_so_in_eager_mode():
    x = torch.randn(5, 2, 8)
    assert "is_causal: true" in ported(lambda: Masked("causal"), x).rust
    assert "is_causal" not in ported(lambda: Masked("other"), x).rust


def test_a_mask_that_depends_on_values_is_refused():
    with pytest.raises(Refusal, match=r"test_port_sequences.py:\d+: .*data-dependent"):
        ported(lambda: Masked("values"), torch.randn(5, 2, 8))


def test_a_loss_may_take_the_output_alone():
    made = ported(lambda: nn.Linear(4, 3), torch.randn(2, 4), loss=lambda output: output.sum())
    assert "pub fn loss(output: &Tensor) -> Result<Tensor>" in made.rust
    assert made.signature.loss == ()


def test_tensors_of_one_size_are_not_broadcast():
    loss = lambda output, x: nn.functional.mse_loss(output, x[:, :])
    rust = ported(
        lambda: nn.Linear(4, 4), torch.randn(2, 4), loss=lambda output, input: loss(output, input)
    ).rust
    assert "Ok(output.f_mse_loss(input, tch::Reduction::Mean)?)" in rust


def test_an_input_that_the_loss_does_not_use_is_marked():
    loss = lambda output, tokens: output.square().mean()
    rust = ported(lambda: Recurrent(nn.GRU), torch.randint(0, 10, (6, 3)), loss=loss).rust
    assert "pub fn loss(output: &Tensor, _tokens: &Tensor) -> Result<Tensor>" in rust
