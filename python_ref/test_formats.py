"""`export_formats.py` writes, and `load_weights.py` reads, the very bits of a network."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from export_formats import export_formats
from load_weights import load_weights
from model import VARIANTS

HERE = Path(__file__).parent
SAMPLE = HERE.parent / "src" / "data" / "sample"


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> Path:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("formats")
    export_formats(VARIANTS["classic"]().eval(), folder)
    return folder


@pytest.fixture(scope="module")
def expected() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return VARIANTS["classic"]().state_dict()


def assert_equal(actual: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> None:
    assert list(actual) == list(expected)
    for name, tensor in expected.items():
        assert torch.equal(actual[name], tensor), name


def test_load_weights_gives_the_module_its_bits(exported, expected):
    assert_equal(load_weights(exported / "model.safetensors").state_dict(), expected)


@pytest.mark.parametrize("name", ["state_dict.pt", "legacy.pth"])
def test_a_state_dict_is_exported_plain(exported, expected, name):
    assert_equal(torch.load(exported / name), expected)


@pytest.mark.parametrize("key", ["state_dict", "model", "model_state_dict"])
def test_a_checkpoint_has_the_state_dict_under_its_key(exported, expected, key):
    assert_equal(torch.load(exported / f"under_{key}.pt")[key], expected)


@pytest.mark.parametrize("name", ["scripted.pt", "traced.pt"])
def test_torchscript_has_the_same_names_and_bits(exported, expected, name):
    assert_equal(torch.jit.load(exported / name).state_dict(), expected)


@pytest.mark.parametrize("variant", VARIANTS)
def test_torchscript_of_every_variant_gives_its_bits(variant):
    model = VARIANTS[variant]().eval()
    images = torch.rand(2, 1, 32, 32)
    assert torch.equal(torch.jit.script(model)(images), model(images))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_floats_of_other_sizes_are_exported(exported, dtype):
    tensors = torch.load(exported / f"{dtype}.pt".removeprefix("torch."))
    assert {tensor.dtype for tensor in tensors.values()} == {dtype}


def test_the_scripts_run(tmp_path):
    def run(*arguments: object) -> str:
        command = [sys.executable, *map(str, arguments)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    run(HERE / "export_formats.py", "--out", tmp_path)
    weights = tmp_path / "model.safetensors"
    printed = run(HERE / "load_weights.py", weights, "--data", SAMPLE, "--threads", 1)
    assert printed == "Test Loss: 2.3046\nTest Accuracy: 11.05%\n"
