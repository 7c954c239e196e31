"""What is recorded of the initial values, and what Rust does for the same bits."""

import random
import runpy
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from torch_twin.port import initial, replay_check
from torch_twin.port.refusal import Refusal
from torch_twin.port.replay import plan
from torch_twin.port.replay_loops import COST, compressed, expanded, loops, pieces
from torch_twin.port.replay_plan import Fill, Plan, constant_values, tensors_of
from torch_twin.port.replay_rust import statements

EXAMPLES = Path(__file__).parents[2] / "crates/torch-twin/examples"
LAYERS = (
    nn.Linear,
    nn.Conv2d,
    nn.ConvTranspose2d,
    nn.BatchNorm2d,
    nn.LayerNorm,
    nn.Embedding,
    nn.LSTM,
)


def planned(factory, layers=LAYERS, order=None) -> Plan:
    """The plan where Rust makes the layers in Python's order, or in the one given."""
    construction = initial.record(factory, 0)
    made = [(n, m) for n, m in construction.model.named_modules() if type(m) in layers]
    order = {name: place for place, name in enumerate(order or construction.order)}
    return plan(construction, sorted(made, key=lambda named: order.get(named[0], -1)))


def replayed(plan: Plan, seed: int) -> dict[str, torch.Tensor]:
    with torch.random.fork_rng():
        return replay_check.simulate(plan, seed)[0]


class Net(nn.Module):
    """Two layers, an embedding and a normalization; subclasses add to it."""

    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(7, 4)
        self.first = nn.Linear(4, 6)
        self.norm = nn.LayerNorm(6)
        self.last = nn.Linear(6, 3)


def test_the_layers_own_draws_need_no_statement():
    result = planned(Net)
    assert result.is_natural
    assert statements(result) == []
    assert result.constants == {}


def test_another_order_of_the_constructors_draws_everything_again():
    result = planned(Net, order=["last", "emb", "first", "norm"])
    assert not result.is_natural
    assert statements(result)[-3:] == [
        'init::normal_(&mut tensor("emb.weight")?, 0.0, 1.0, generator)?;',
        'reset_parameters("first", generator)?;',
        'reset_parameters("last", generator)?;',
    ]


def test_a_layer_that_python_leaves_without_a_draw_is_not_natural():
    def factory():
        net = nn.Sequential(nn.utils.skip_init(nn.Linear, 2, 3), nn.Linear(3, 4))
        nn.init.zeros_(net[0].weight)
        nn.init.ones_(net[0].bias)
        return net

    result = planned(factory)
    assert not result.is_natural
    assert 'reset_parameters("1", generator)?;' in statements(result)


def test_the_gpt_reads_as_its_twin_in_rust(monkeypatch):
    monkeypatch.syspath_prepend(EXAMPLES)
    monkeypatch.setattr("sys.argv", ["gpt.py"])
    result = planned(runpy.run_path(str(EXAMPLES / "gpt.py"), run_name="gpt")["GPT"])
    assert result.is_natural
    assert statements(result) == [
        "for entry in net.state_dict().parameters() {",
        "    let mut weight = entry.tensor.shallow_clone();",
        '    if entry.name.ends_with("c_proj.weight") {',
        "        init::normal_(&mut weight, 0.0, 0.01, generator)?;",
        "    } else if weight.dim() == 2 {",
        "        init::normal_(&mut weight, 0.0, 0.02, generator)?;",
        "    }",
        "}",
    ]


def test_a_function_for_the_layers_of_a_kind_is_a_loop_over_the_modules():
    def weights_init(m):
        if isinstance(m, nn.Conv2d):
            nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
            nn.init.zeros_(m.bias)
        elif isinstance(m, nn.BatchNorm2d):
            nn.init.normal_(m.weight, 1.0, 0.02)
            nn.init.zeros_(m.bias)

    def factory():
        parts = (nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Conv2d(8, 9, 5), nn.BatchNorm2d(9))
        return nn.Sequential(*parts).apply(weights_init)

    assert statements(planned(factory)) == [
        "for module in net.modules() {",
        "    if let Some(conv) = module.downcast_ref::<Conv2d>() {",
        "        init::kaiming_normal_"
        + "(&mut conv.weight.shallow_clone(), init::FanMode::FanOut, init::Nonlinearity::Relu, generator)?;",
        "        if let Some(bias) = &conv.bias {",
        "            init::zeros_(&mut bias.shallow_clone())?;",
        "        }",
        "    } else if let Some(norm) = module.downcast_ref::<BatchNorm2d>() {",
        "        if let Some(weight) = &norm.weight {",
        "            init::normal_(&mut weight.shallow_clone(), 1.0, 0.02, generator)?;",
        "        }",
        "    }",
        "}",
    ]


def test_a_bias_with_another_bound_is_not_taken_for_a_layers_own():
    def factory():
        net = nn.Sequential(nn.Linear(4, 3), nn.Linear(4, 3))
        for layer in net:
            nn.init.kaiming_uniform_(layer.weight, a=5**0.5)
        nn.init.uniform_(net[1].bias, -0.5, 0.5)
        return net

    lines = statements(planned(factory))
    assert 'reset_parameters("1", generator)?;' in lines
    assert not any('reset_parameters("0"' in line for line in lines)

    def other():
        net = factory()
        nn.init.kaiming_uniform_(net[1].weight, a=5**0.5)
        nn.init.uniform_(net[1].bias, -0.25, 0.5)
        return net

    lines = statements(planned(other))
    assert 'init::uniform_(&mut tensor("1.bias")?, -0.25, 0.5, generator)?;' in lines


def test_a_function_of_the_network_that_draws_is_a_function_in_rust():
    def cut_(weight):
        with torch.no_grad():
            weight.uniform_(-1, 1).erfinv_().mul_(0.5).clamp_(-1, 1)

    def factory():
        net = nn.Sequential(*(nn.Linear(3, 4) for _ in range(6)))
        for layer in net:
            cut_(layer.weight)
        return net

    lines = statements(planned(factory))
    start = lines.index(
        "let cut_ = |weight: &mut Tensor, generator: &mut Generator| -> Result<()> {"
    )
    assert lines[start + 1 :] == [
        "    init::uniform_(weight, -1.0, 1.0, generator)?;",
        "    let _ = weight.f_erfinv_()?;",
        "    let _ = weight.f_mul_scalar_(0.5)?;",
        "    let _ = weight.f_clamp_(-1, 1)?;",
        "    Ok(())",
        "};",
        "for module in net.modules() {",
        "    if let Some(linear) = module.downcast_ref::<Linear>() {",
        "        cut_(&mut linear.weight.shallow_clone(), generator)?;",
        "    }",
        "}",
    ]


def test_numbers_that_follow_from_the_size_of_a_layer_are_computed():
    def factory():
        net = nn.Sequential(*(nn.Conv2d(2**n, 2 ** (n + 1), 3, groups=2) for n in range(1, 7)))
        for conv in net:
            fan_out = conv.out_channels * 9 // conv.groups
            nn.init.normal_(conv.weight, std=(2 / fan_out) ** 0.5)
        return net

    assert statements(planned(factory))[-6:] == [
        "for module in net.modules() {",
        "    if let Some(conv) = module.downcast_ref::<Conv2d>() {",
        "        let (_, fan_out) = init::fan_in_and_fan_out(&conv.weight)?;",
        "        init::normal_(&mut conv.weight.shallow_clone(), 0.0, "
        + "(2.0 / (fan_out / conv.options.groups) as f64).sqrt(), generator)?;",
        "    }",
        "}",
    ]


def test_a_layer_that_the_loop_would_hit_too_is_told_apart():
    def factory():
        net = nn.Sequential(*(nn.Linear(3, 3, bias=False) for _ in range(8)))
        for layer in net[:7]:
            nn.init.normal_(layer.weight)
        return net

    assert statements(planned(factory))[-3:] == [
        "for i in 0..7 {",
        '    init::normal_(&mut tensor(&format!("{i}.weight"))?, 0.0, 1.0, generator)?;',
        "}",
    ]


def test_draws_on_a_weight_that_is_tied_away_stay_in_their_place():
    def factory():
        net = Net()
        net.head = nn.Linear(4, 7, bias=False)
        net.head.weight = net.emb.weight
        net.after = nn.Linear(2, 2)
        return net

    result = planned(factory)
    assert result.is_natural
    construction = initial.record(factory, 0)
    without = [
        (n, m) for n, m in construction.model.named_modules() if type(m) in LAYERS and n != "head"
    ]
    result = plan(construction, without)
    assert not result.is_natural
    empty = "Tensor::f_empty([7, 4], (Kind::Float, Device::Cpu))?"
    assert any(empty in line for line in statements(result))


class Computed(Net):
    """Values that are computed from draws."""

    def __init__(self):
        super().__init__()
        self.token = nn.Parameter(torch.randn(1, 1, 4))
        self.scaled = nn.Parameter(torch.randn(2, 4) * 0.02)
        self.joined = nn.Parameter(torch.cat([torch.rand(2, 3), torch.zeros(1, 3)]))
        self.turned = nn.Parameter(torch.randn(3, 5).t())
        self.viewed = nn.Parameter(torch.randn(6).view(2, 3))
        self.frozen = nn.Parameter(torch.ones(3), requires_grad=False)
        self.lstm = nn.LSTM(4, 4)
        self.lstm.bias_ih_l0.data[4:8].fill_(1.0)
        with torch.no_grad():
            self.emb.weight[0].zero_()
            self.last.bias.fill_(0.1)
        self.register_buffer("mask", torch.tril(torch.ones(3, 3)))
        self.register_buffer("places", torch.arange(4), persistent=False)


def test_values_computed_from_draws_are_computed_again():
    result = planned(Computed)
    start = statements(result).index('reset_parameters("last", generator)?;') + 1
    assert statements(result)[start : start + 8] == [
        'init::normal_(&mut tensor("token")?, 0.0, 1.0, generator)?;',
        "let mut drawn = Tensor::f_empty([2, 4], (Kind::Float, Device::Cpu))?;",
        "init::normal_(&mut drawn, 0.0, 1.0, generator)?;",
        'tensor("scaled")?.f_copy_(&drawn.f_mul_scalar(0.02)?)?;',
        "let mut drawn = Tensor::f_empty([2, 3], (Kind::Float, Device::Cpu))?;",
        "init::uniform_(&mut drawn, 0.0, 1.0, generator)?;",
        "let values = Tensor::f_zeros([1, 3], (Kind::Float, Device::Cpu))?;",
        'tensor("joined")?.f_copy_(&Tensor::f_cat(&[&drawn, &values], 0)?)?;',
    ]


def test_what_no_draw_explains_is_a_constant_or_one_number():
    result = planned(Computed)
    assert sorted(result.constants) == ["mask", "places"]
    assert result.frozen == ["frozen"]
    fills = {step.name: step.value for step in result.steps if isinstance(step, Fill)}
    assert fills == {"frozen": 1.0, "last.bias": torch.tensor(0.1).item()}
    assert 'init::constant_(&mut tensor("last.bias")?, 0.1)?;' in statements(result)
    values = constant_values(result.construction)
    assert values["frozen"] == 1.0
    assert "token" not in values
    told = plan(result.construction, [], {"frozen": 1.0})
    assert "frozen" not in {step.name for step in told.steps if isinstance(step, Fill)}


def test_a_draw_that_is_overwritten_stays_and_is_overwritten_again():
    def factory():
        net = Net()
        nn.init.normal_(net.norm.weight)
        nn.init.ones_(net.norm.weight)
        return net

    assert statements(planned(factory))[-2:] == [
        'init::normal_(&mut tensor("norm.weight")?, 0.0, 1.0, generator)?;',
        'init::ones_(&mut tensor("norm.weight")?)?;',
    ]


def test_copies_of_layers_take_the_values_of_the_first():
    layer = nn.TransformerEncoderLayer

    def factory():
        return nn.TransformerEncoder(layer(8, 2, 16), 3, enable_nested_tensor=False)

    result = planned(factory)
    assert not result.is_natural
    assert "for i in 0..3 {" in statements(result)


@pytest.mark.parametrize("wrap", [nn.utils.weight_norm, nn.utils.parametrizations.weight_norm])
def test_a_weight_in_two_parts_is_computed_from_the_draw(wrap):
    result = planned(lambda: wrap(nn.Linear(4, 5)), layers=())
    assert any("f_norm" in line for line in statements(result))


def test_the_default_generator_is_afterwards_as_it_was():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    planned(Computed)
    assert torch.equal(before, torch.get_rng_state())


def seeded():
    torch.manual_seed(1)
    return nn.Linear(2, 3)


def drawn_by_random():
    net = nn.Linear(2, 3)
    net.bias.data.fill_(random.uniform(0, 1))
    return net


def drawn_by_numpy():
    net = nn.Linear(2, 3)
    net.bias.data = torch.from_numpy(np.random.rand(3)).float()
    return net


def drawn_by_another_generator():
    net = nn.Linear(2, 3)
    net.bias.data.normal_(generator=torch.Generator().manual_seed(3))
    return net


def dependent():
    net = nn.Linear(2, 3)
    nn.init.normal_(net.bias, std=torch.rand(()).item())
    return net


def as_often_as_drawn():
    net = nn.Linear(2, 3)
    while torch.rand(()).item() < 0.9:
        pass
    return net


@pytest.mark.parametrize(
    ("factory", "line", "reason"),
    [
        (seeded, 2, "is seeded"),
        (drawn_by_random, 2, "`random` or numpy"),
        (drawn_by_numpy, 2, "`random` or numpy"),
        (drawn_by_another_generator, 2, "a generator of its own"),
        (dependent, None, "in `bias`: the initial values depend on the seed"),
        (as_often_as_drawn, None, "depends on what was drawn"),
    ],
)
def test_what_the_draws_do_not_explain_is_refused_by_its_line(factory, line, reason):
    with pytest.raises(Refusal, match=reason) as refused:
        planned(factory)
    if line is not None:
        place = f"test_port_initial.py:{factory.__code__.co_firstlineno + line}"
        assert refused.value.place == place


def test_a_plan_with_a_fault_is_found_out():
    def faults(plan: Plan):
        yield "no step", plan.steps[1:]
        yield "another order", plan.steps[::-1]
        again = [step for step in plan.steps if not isinstance(step, Fill)]
        yield "no number", again
        yield "a step twice", [*plan.steps, plan.steps[0]]

    def factory():
        net = Net()
        for weight in (net.first.weight, net.last.weight):
            nn.init.normal_(weight, std=0.02)
        nn.init.constant_(net.last.bias, 0.25)
        return net

    result = planned(factory)
    steps = result.steps
    for fault, wrong in list(faults(result)):
        result.steps = wrong
        with pytest.raises(Refusal):
            replay_check.check(result)
            pytest.fail(fault)
    result.steps = steps
    replay_check.check(result)
    result.is_natural = False
    with pytest.raises(Refusal):
        replay_check.check(result)


def test_a_replay_is_the_network_of_a_seed_that_was_not_recorded():
    result = planned(Computed)
    with torch.random.fork_rng():
        torch.manual_seed(99)
        expected = dict(tensors_of(Computed()))
    for name, tensor in replayed(result, 99).items():
        assert torch.equal(tensor, expected[name]), name


def test_loops_do_the_same_lines_in_the_same_order():
    lines = [f'f("a.{i}.b.{j}.c")?;' for i in range(3) for j in range(2)]
    assert loops(lines) == [
        "for i in 0..3 {",
        '    f(&format!("a.{i}.b.0.c"))?;',
        '    f(&format!("a.{i}.b.1.c"))?;',
        "}",
    ]
    generator = random.Random(0)
    for _ in range(200):
        parts = [f'f("{generator.randrange(3)}.x{generator.randrange(3)}")?;' for _ in range(20)]
        made = parts * generator.randrange(1, 3)
        nodes = compressed(tuple(pieces(line) for line in made), 0)
        assert expanded(nodes) == made
        assert len(loops(made)) <= len(made) + COST


def test_names_that_are_no_run_of_numbers_are_listed():
    lines = [f'f("{name}", 1)?;' for name in ("one", "two", "three")]
    assert loops(lines) == ['for name in ["one", "two", "three"] {', "    f(name, 1)?;", "}"]
