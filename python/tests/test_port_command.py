"""`torch-twin port`: what it takes, what it refuses and how, and what it writes."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn, optim

from torch_twin.port import command, crate, dependency, parity, writing
from torch_twin.port.crate import Ported, Signature
from torch_twin.port.optimizers import optimizer_function
from torch_twin.port.parity import Dynamic
from torch_twin.port.refusal import Refusal
from torch_twin.port.source import Arguments, Source, as_arguments, load

ROOT = Path(__file__).parents[2]

NET = """\
# SPDX-License-Identifier: MIT
import torch
from torch import nn


def model():
    return nn.Sequential(nn.Linear(4, 3), nn.Dropout(0.5), nn.Linear(3, 2))


def inputs():
    return torch.randn(5, 4)
"""

RUST = """\
use torch_twin::prelude::*;

pub type Net = Sequential;

/// The network with the initial values of PyTorch.
pub fn model(generator: &mut Generator) -> Result<Net> {
    Ok(sequential![Linear::new(4, 3, generator)?, Dropout::new(0.5)?, Linear::new(3, 2, generator)?])
}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    return tmp_path


def net(folder: Path, text: str = NET, name: str = "net.py") -> str:
    (folder / name).write_text(text)
    return name


def refused(code) -> str:
    with pytest.raises(Refusal) as caught:
        code()
    return str(caught.value)


def translate(_source: Source, _dynamic: list) -> Ported:
    return Ported(RUST, Signature("Net", ("x",), dynamic=(Dynamic((("x", 0),), 6),)), ("Net",))


def port(*words: str, by: Callable = translate) -> int:
    return command.main(["net.py", "--torch-twin", str(ROOT), *words], by)


# What is ported


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def inputs(): ...", "net.py defines no model(), which has to make the network"),
        (
            "def model(): ...",
            "net.py defines no inputs(), which has to give what it is called with",
        ),
        ("model = 3\ndef inputs(): ...", "net.py: `model` is int: define a function model()"),
        (
            "x = 1\nimport missing_package",
            "net.py:2: ModuleNotFoundError: No module named 'missing_package'",
        ),
        ("x = 1\ny = (", "net.py:2: '(' was never closed"),
        ("import sys\nsys.exit(3)", "net.py:2: SystemExit: 3"),
    ],
)
def test_a_file_that_is_no_network_is_refused_by_its_line(folder, text, said):
    assert refused(lambda: load(net(folder, text))) == said


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ("nn.Linear", "expected an nn.Module, found type: return Linear()"),
        ("None", "expected an nn.Module, found None"),
        ("torch.jit.script(nn.Linear(1, 1))", "the network is TorchScript"),
        ("nn.Linear(1, 1, device='meta')", "`weight` is on meta: make the network on the CPU"),
        ("nn.Linear('a', 1)", "TypeError: "),
    ],
)
def test_what_is_no_network_on_the_cpu_is_refused(folder, made, said):
    text = NET.replace("nn.Sequential(nn.Linear(4, 3), nn.Dropout(0.5), nn.Linear(3, 2))", made)
    message = refused(load(net(folder, text)).model)
    assert said in message
    assert re.match(r"net\.py:[67]: ", message), message


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("3", "net.py:10: inputs() gives no tensor"),
        ("{'x': [None]}", "net.py:10: inputs() gives no tensor"),
        ("torch.zeros(2, device='meta')", "net.py:10: an input is on meta: make inputs on the CPU"),
        (
            "torch.zeros(2).view(3)",
            "net.py:11: RuntimeError: shape '[3]' is invalid for input of size 2",
        ),
    ],
)
def test_inputs_that_are_no_tensors_on_the_cpu_are_refused(folder, given, said):
    text = NET.replace("torch.randn(5, 4)", given)
    assert refused(load(net(folder, text)).inputs) == said


def test_a_package_is_ported_by_its_factory_with_inputs_from_a_file(folder):
    net(
        folder,
        "import torch\ndef inputs(): return torch.zeros(1, 3)\ndef loss(output): return output.sum()",
    )
    source = load("torch.nn:Identity", inputs="net.py")
    assert isinstance(source.model(), nn.Identity)
    assert source.licence.endswith(f"(torch {torch.__version__.partition('+')[0]})")
    assert source.loss is not None and source.make_optimizer is None


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("absent.py", "absent.py: no such file: expected a Python file or package.module:factory"),
        ("absent", "absent: no such file"),
        ("absent:thing", "there is no module absent here: install its package into"),
        ("torch.nn:Absent", "torch.nn has no function or class Absent"),
        ("torch.nn:Identity()", "expected a Python file or package.module:factory"),
        (
            "torch.nn:Identity",
            "torch.nn:Identity needs inputs: name a Python file that defines inputs() by --inputs FILE",
        ),
    ],
)
def test_a_name_of_nothing_is_refused(folder, spec, said):
    assert said in refused(lambda: load(spec))


def test_arguments_are_a_tensor_a_tuple_a_dict_or_both():
    one, two = torch.zeros(1), torch.ones(2)
    assert as_arguments(one) == Arguments((one,))
    assert as_arguments((one, 3)) == Arguments((one, 3))
    assert as_arguments({"x": one}) == Arguments((), {"x": one})
    assert as_arguments(((one,), {"mask": two})) == Arguments((one,), {"mask": two})


def test_inputs_are_named_in_the_order_of_forward():
    class Net(nn.Module):
        def forward(self, x, state, *, mask=None): ...

    x, h, c, mask = (torch.zeros(n) for n in range(4))
    arguments = Arguments((), {"mask": mask, "state": (h, c), "x": x})
    assert [name for name, _ in arguments.named_tensors(Net())] == [
        "x",
        "state_0",
        "state_1",
        "mask",
    ]
    message = refused(lambda: Arguments((x,)).named_tensors(Net()))
    assert message.startswith(
        "the inputs do not fit `forward`: missing a required argument: 'state'; what only the loss needs"
    )


def test_loss_takes_inputs_by_their_names(folder):
    loss = "\ndef loss(output, x, scale=2.0): return (output - x.sum()).sum() * scale\n"
    source = load(net(folder, NET + loss))
    assert source.loss_inputs(["x"]) == ["x"]
    assert "`x` of loss() is no input of the network: it has `y`" in refused(
        lambda: source.loss_inputs(["y"])
    )


def test_a_network_in_eval_mode_is_trained_and_a_part_in_eval_mode_is_not(folder):
    whole = load(net(folder, NET.replace("nn.Linear(3, 2))", "nn.Linear(3, 2)).eval()"))).model()
    assert all(module.training for module in whole.modules())
    text = NET.replace("    return nn.Seq", "    net = nn.Seq").replace(
        "(3, 2))", "(3, 2))\n    net[1].eval()\n    return net"
    )
    part = load(net(folder, text, "part.py")).model()
    modes = {name: module.training for name, module in part.named_modules()}
    parity.set_modes(part, modes, is_training=False)
    assert not any(module.training for module in part.modules())
    parity.set_modes(part, modes, is_training=True)
    assert [name for name, module in part.named_modules() if not module.training] == ["1"]


# Optimizers


@pytest.fixture
def model() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Linear(3, 2))


@pytest.mark.parametrize(
    ("optimizer", "written"),
    [
        (optim.SGD, "Sgd::new(net.parameters(), SgdOptions::default())"),
        (
            lambda p: optim.SGD(p, 0.1, 0.9),
            "SgdOptions { lr: 0.1, momentum: 0.9, ..SgdOptions::default() }",
        ),
        (lambda p: optim.Adam(p, eps=1e-7), "AdamOptions { eps: 1e-7, ..AdamOptions::default() }"),
        (
            lambda p: optim.AdamW(p, betas=(0.8, 0.9), amsgrad=True),
            "AdamWOptions { betas: (0.8, 0.9), amsgrad: true, ",
        ),
        (
            lambda p: optim.Adagrad(p, initial_accumulator_value=1),
            "{ initial_accumulator_value: 1.0, ",
        ),
        (optim.Adadelta, "Adadelta::new(net.parameters(), AdadeltaOptions::default())"),
        (lambda p: optim.RMSprop(p, centered=True), "RmsPropOptions { centered: true, "),
        (lambda p: optim.NAdam(p, momentum_decay=0.1), "NAdamOptions { momentum_decay: 0.1, "),
        (lambda p: optim.ASGD(p, t0=5), "AsgdOptions { t0: 5.0, "),
        (lambda p: optim.Rprop(p, etas=(0.4, 1.3)), "RpropOptions { etas: (0.4, 1.3), "),
        (
            lambda p: optim.LBFGS(p, 0.8, max_iter=10, line_search_fn="strong_wolfe"),
            "{ lr: 0.8, max_iter: 10, line_search: Some(LineSearch::StrongWolfe), ",
        ),
        (
            lambda p: optim.LBFGS(list(p)[:1], max_eval=7),
            'Lbfgs::new(named(&["0.weight"])?, LbfgsOptions { max_eval: Some(7), ',
        ),
    ],
)
def test_an_optimizer_is_written_with_what_differs_from_its_defaults(model, optimizer, written):
    assert written in optimizer_function(optimizer(model.parameters()), model, "Net")


def test_groups_of_parameters_are_written_by_the_shortest_rule(model):
    def groups(*chosen: list) -> str:
        optimizer = optim.SGD([{"params": own, "lr": 0.1 + n} for n, own in enumerate(chosen)])
        return optimizer_function(optimizer, model, "Net")

    first, norm, last = model
    matrices = [first.weight, last.weight]
    others = [first.bias, *norm.parameters(), last.bias]
    assert "Sgd::with_groups([(others, SgdOptions { lr: 0.1," in groups(others, matrices)
    by_module = groups([*last.parameters()], [*first.parameters()])
    assert 'Sgd::with_groups([(within("2."), ' in by_module and '(within("0."), ' in by_module
    assert '(named(&["2.bias", "0.weight"])?, ' in groups([last.bias, first.weight], [norm.weight])


@pytest.mark.parametrize(
    ("optimizer", "said"),
    [
        (
            optim.Adafactor,
            "optimizer() gives Adafactor, which torch-twin lacks: it has SGD, Adam, AdamW",
        ),
        (lambda p: optim.Adam(p, foreach=True), "foreach=True"),
        (lambda p: optim.Adam(p, decoupled_weight_decay=True), "write AdamW"),
        (lambda p: optim.SGD(p, lr=torch.tensor(0.1)), "the optimizer's lr is tensor("),
        (lambda _: optim.SGD([nn.Parameter(torch.zeros(1))]), "no parameter of the network"),
    ],
)
def test_an_optimizer_that_torch_twin_lacks_is_refused(model, optimizer, said):
    message = refused(lambda: optimizer_function(optimizer(model.parameters()), model, "Net"))
    assert said in message


# The steps in Python


def test_inputs_draw_from_another_generator_than_the_network(folder):
    source = load(net(folder))
    torch.manual_seed(7)
    before = torch.get_rng_state()
    first, second = parity.draw(source, 7, 2)
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.equal(first.args[0], second.args[0])
    again, _ = parity.draw(source, 7, 2)
    assert torch.equal(again.args[0], first.args[0])


def test_a_run_leaves_the_inputs_and_weights_of_every_step(folder):
    source = load(net(folder))
    parity.record_run(source, 1, ["x"], [Dynamic((("x", 0),), 6)], folder / "run")
    from safetensors.torch import load_file

    tensors = load_file(folder / "run.safetensors")
    assert {name: list(t.shape) for name, t in tensors.items()} == {
        **{f"{step}.x": [5 if step < 6 else 6, 4] for step in range(1, 7)},
        **{f"{step}.loss.0": [5 if step < 6 else 6, 2] for step in range(1, 7)},
    }
    assert torch.equal(tensors["6.x"][:5], tensors["1.x"]) and torch.equal(
        tensors["6.x"][5], tensors["1.x"][0]
    )


def test_other_sizes_hold_for_every_tensor_that_has_them():
    x, mask = torch.arange(6).view(2, 3), torch.ones(2, dtype=torch.bool)
    arguments = Arguments((x, [mask, 5]), {"same": x})
    net = nn.Module()
    net.forward = lambda x, masks, same: None
    sizes = [
        Dynamic((("x", 0), ("mask", 0), ("again", 0)), 3),
        Dynamic((("x", 1), ("again", 1)), 1),
    ]
    other = parity.of_other_sizes(arguments, net, ["x", "mask", "again"], sizes)
    assert other.args[0].tolist() == [[0], [3], [0]] and other.kwargs["same"] is other.args[0]
    assert other.args[1][0].shape == (3,) and other.args[1][1] == 5


def test_a_network_that_gives_no_number_to_train_on_is_refused(folder):
    text = NET.replace(
        "nn.Linear(3, 2))",
        "nn.Linear(3, 2))\n\n\nclass Net(nn.Module):\n    def forward(self, x):\n        return x.argmax()\n\n\ndef model():\n    return Net()",
    )
    source = load(net(folder, text))
    message = refused(lambda: parity.record_run(source, 1, ["x"], [], folder / "run"))
    said = "the network gives no floating-point number to train on: define loss(output)"
    assert message == f"{said} (step 1, inputs of sizes [[5, 4]])"
    net(folder, NET + "\n\ndef loss(output):\n    return output\n", "vector.py")
    source = load("vector.py")
    step = parity.Step(1, source.inputs(), 1)
    message = refused(lambda: parity.loss(source, source.model(), step))
    assert message == "vector.py:14: loss() has to give a tensor of one value"


# The crate


def test_the_same_network_gives_the_same_bytes(folder):
    net(folder)
    assert port("--out", "mynet") == 0
    first = {path: path.read_bytes() for path in sorted(Path("mynet").rglob("*")) if path.is_file()}
    subprocess.run(["rm", "-r", "mynet"], check=True)
    assert port("--out", "mynet") == 0
    assert {path: path.read_bytes() for path in first} == first
    names = {str(path.relative_to("mynet")) for path in first}
    assert names == {
        ".cargo/config.toml", ".gitignore", ".torch-twin-port.json", "Cargo.lock", "Cargo.toml", "README.md",
        "build.rs", "example.safetensors", "src/lib.rs", "src/main.rs", "src/net.rs", "src/training.rs",
        "tests/parity/main.rs", "tests/parity/run.rs", "tests/parity/steps.py", "tests/parity/verdict.rs",
    }  # fmt: skip


def test_it_says_what_it_wrote(folder, capsys):
    net(folder)
    port("--out", "mynet")
    said = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"mynet/src/net\.rs     Net: 1 module, \d+ lines", said[0])
    assert said[1] == "mynet/tests/parity   the same steps in Python and in Rust"
    assert port("--out", "mynet") == 0
    assert capsys.readouterr().out == "mynet is up to date\n"


def test_a_second_run_shows_what_differs_and_keeps_what_was_edited(folder, capsys):
    net(folder)
    port("--out", "mynet")
    rusts = [RUST.replace("0.5", "0.25")]

    def changed(source: Source, dynamic: list) -> Ported:
        return replace(translate(source, dynamic), rust=rusts[0])

    capsys.readouterr()
    rust = Path("mynet/src/net.rs")
    assert port("--out", "mynet", by=changed) == 0
    said = capsys.readouterr().out
    assert "-        Dropout::new(0.5)?," in said and "+        Dropout::new(0.25)?," in said
    rust.write_text("// mine\n" + rust.read_text())
    assert port("--out", "mynet", by=changed) == 0, (
        "an edit of what is written again is no conflict"
    )
    assert rust.read_text().startswith("// mine")
    assert "mynet/src/net.rs: kept as it was edited\n" in capsys.readouterr().out
    rusts[0] = RUST
    assert port("--out", "mynet", by=changed) == 1
    said = capsys.readouterr()
    assert (
        "mynet/src/net.rs was edited: it is left as it is; use --force to overwrite it" in said.err
    )
    assert "-        Dropout::new(0.25)?," in said.out and rust.read_text().startswith("// mine")
    assert port("--out", "mynet", "--force", by=changed) == 0
    assert rust.read_text().startswith("use torch_twin")


def test_a_folder_with_other_things_is_left_alone(folder, capsys):
    net(folder)
    Path("mynet").mkdir()
    Path("mynet/thesis.txt").write_text("done")
    assert port("--out", "mynet") == 1
    assert "mynet has other files in it" in capsys.readouterr().err
    assert [path.name for path in Path("mynet").iterdir()] == ["thesis.txt"]
    Path("file").write_text("")
    assert port("--out", "file") == 1
    assert "file is no folder" in capsys.readouterr().err


def test_files_that_are_made_no_more_are_removed_unless_edited(folder):
    out = folder / "crate"
    writing.write(out, {"a": b"1", "b": b"2", "c": b"3"}, is_forced=False)
    (out / "c").write_bytes(b"edited")
    outcome = writing.write(out, {"a": b"1"}, is_forced=False)
    assert outcome.removed == ["b"]
    assert sorted(path.name for path in out.iterdir()) == [writing.RECORD, "a", "c"]


def test_a_damaged_record_is_refused(folder):
    out = folder / "crate"
    writing.write(out, {"a": b"1"}, is_forced=False)
    (out / writing.RECORD).write_text('{"files": 3}')
    assert "is damaged: use --force" in refused(
        lambda: writing.write(out, {"a": b"2"}, is_forced=False)
    )
    writing.write(out, {"a": b"2"}, is_forced=True)
    assert (out / "a").read_bytes() == b"2"


def test_only_one_file_is_written_or_printed(folder, capsys):
    net(folder)
    assert port("--stdout") == 0
    assert capsys.readouterr().out.startswith("use torch_twin::prelude::*;\n")
    assert not Path("mynet").exists()
    assert port("--out", "mynet", "--only", "net.rs") == 0
    files = [str(path) for path in Path("mynet").rglob("*") if path.is_file()]
    assert sorted(files) == ["mynet/.torch-twin-port.json", "mynet/src/net.rs"]
    assert port("--out", "mynet", "--only", "absent.rs") == 1
    assert "--only absent.rs: expected one of" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (str(ROOT), f'path = "{ROOT}/crates/torch-twin"'),
        (str(ROOT / "crates/torch-twin"), f'path = "{ROOT}/crates/torch-twin"'),
        ("https://example.com/torch-twin.git", 'git = "https://example.com/torch-twin.git"'),
        ("git@example.com:a/b#1234abc", 'git = "git@example.com:a/b", rev = "1234abc"'),
        ("0.1", 'version = "0.1"'),
        ("=0.1.0", 'version = "=0.1.0"'),
        (None, f'path = "{ROOT}/crates/torch-twin"'),
    ],
)
def test_the_crate_depends_on_a_folder_a_repository_or_a_version(text, written):
    assert dependency.dependency(text).of("torch-twin") == written


@pytest.mark.parametrize("text", ["nonsense", str(ROOT / "python"), "1.2.3.4.5 or so"])
def test_another_dependency_is_refused(text):
    assert refused(lambda: dependency.dependency(text)).startswith(f"--torch-twin {text}: ")


def test_names_of_crates_are_cargos():
    names = [crate.names(Path(name))["name"] for name in ("mynet", "My Net", "3d", "test", "...")]
    assert names == ["mynet", "my-net", "net-3d", "net-test", "net"]


def test_the_table_of_tch_is_that_of_the_build():
    rows = (ROOT / "crates/torch-twin-build/versions.txt").read_text().splitlines()
    rows = [row.split() for row in rows if row and row[0].isdigit()]
    assert crate.TCH == {row[0].rpartition(".")[0]: row[2].rpartition(".")[0] for row in rows}


# The command


def run(*words: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    command = [sys.executable, "-m", "torch_twin", *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "usage: python -m torch_twin port"),
        (["--help"], 0, ""),
        (["port", "--help"], 0, ""),
        (["port", "net.py"], 2, "name a folder by --out FOLDER, or print net.rs by --stdout"),
        (["port", "net.py", "--out", "a", "--stdout"], 2, "name a folder by --out FOLDER"),
        (
            ["port", "net.py", "--out", "a", "--dynamic", "x"],
            2,
            "x: expected an input and a dimension, such as x.2",
        ),
        (["port", "absent.py", "--out", "a"], 1, "error: absent.py: no such file: "),
        (
            ["port", "net.py", "--out", "a", "--torch-twin", "b"],
            1,
            "error: --torch-twin b: expected a folder",
        ),
    ],
)
def test_exit_codes_and_messages(folder, words, code, said):
    net(folder)
    done = run(*words)
    assert done.returncode == code, done
    assert said in done.stderr and "Traceback" not in done.stderr


def test_rustc_may_follow_the_types_of_many_levels():
    deep = nn.Linear(1, 1)
    for _ in range(200):
        deep = nn.Sequential(deep)
    assert crate.recursion_limit(nn.Sequential(nn.Linear(1, 1))) == ""
    assert crate.recursion_limit(deep) == '#![recursion_limit = "800"]\n'


def test_a_step_keeps_frozen_parts_in_eval_mode_and_takes_inputs_of_any_name(folder):
    net(folder, NET + "\ndef loss(output, batch): return output.sum()\n")
    signature = Signature(
        "Net", ("batch",), loss=("batch",), in_eval=("1",), output="Out", imports=("Out",)
    )
    source = load("net.py")
    written = crate.training(source, signature, source.model())
    assert 'let batch_ = batch.get("batch")?;' in written
    assert "recorded.forward(&[batch_], pass, |pass| net.forward(batch_, pass))" in written
    assert '.with_eval_of(net, "1")?' in written
    assert 'net::loss(&output, batch.get("batch")?)?' in written
    assert "use crate::net::{self, Net, Out};" in written and "weighted_sum" not in written
