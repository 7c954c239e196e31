"""Networks in the manner of PyTorch's examples, by name: the model, its inputs, and perhaps its loss and its optimizer."""

import functools

import torch

from ports.examples import others, pictures, sequences
from ports.network import Network, images


def tokens(words: int, *shapes: tuple[int, int]):
    """Sentences, a column each."""
    return lambda: tuple(torch.randint(2, words, shape) for shape in shapes)


def words_and_state(*layers: tuple[int, int, int]):
    """A sentence and the state of a recurrent network."""

    def inputs() -> tuple:
        state = tuple(torch.randn(shape) for shape in layers)
        return torch.randint(0, 50, (6, 3)), state if len(state) > 1 else state[0]

    return inputs


def episode() -> tuple:
    return torch.randn(7, 4), torch.randint(0, 2, (7,)), torch.randn(7)


def wave() -> tuple:
    start = torch.rand(3, 1, dtype=torch.double) * 6
    return (torch.sin(start + torch.arange(9, dtype=torch.double) / 2),)


def language_model(kind: str, **options: object):
    return functools.partial(sequences.LanguageModel, kind, **options)


STATE = (2, 3, 16)
OF_WORDS = (sequences.next_word_loss, sequences.sgd)
OF_GRAPHS = (others.graph, others.graph_loss, others.decaying_adam)
EXAMPLES = {
    "dcgan_generator": (pictures.DcganGenerator, lambda: (torch.randn(2, 16, 1, 1),)),
    "dcgan_discriminator": (pictures.DcganDiscriminator, images(16), pictures.real_loss, pictures.dcgan_adam),
    "vae": (pictures.Vae, lambda: (torch.rand(4, 64),), pictures.vae_loss, others.adam),
    "super_resolution": (pictures.SuperResolution, images(12, channels=1)),
    "siamese": (
        pictures.Siamese,
        lambda: (torch.randn(3, 1, 16, 16), torch.randn(3, 1, 16, 16)),
        None,
        pictures.adadelta,
    ),
    "neural_style": (pictures.NeuralStyle, images(16)),
    "vision_transformer": (pictures.VisionTransformer, images(16)),
    "u_net": (pictures.UNet, images(16)),
    "mnist_rnn": (pictures.MnistRnn, images(28, channels=1), None, pictures.adadelta),
    "forward_forward": (
        pictures.ForwardForward,
        lambda: (torch.rand(4, 64), torch.rand(4, 64)),
        pictures.forward_forward_loss,
        pictures.forward_forward_optimizer,
    ),
    "lstm_language_model": (language_model("LSTM"), words_and_state(STATE, STATE), *OF_WORDS),
    "gru_language_model": (language_model("GRU", tie_weights=True), words_and_state(STATE), *OF_WORDS),
    "rnn_language_model": (language_model("RNN_TANH"), words_and_state(STATE), *OF_WORDS),
    "transformer_language_model": (sequences.TransformerModel, tokens(50, (6, 3)), *OF_WORDS),
    "translation": (
        sequences.Translator,
        tokens(40, (6, 3), (5, 3)),
        sequences.translation_loss,
        sequences.translation_adam,
    ),
    "snli": (sequences.SnliClassifier, tokens(40, (6, 3), (5, 3))),
    "time_sequence": (sequences.time_sequence, wave, sequences.sequence_loss, sequences.lbfgs),
    "regression": (others.Polynomial, lambda: (torch.rand(20, 1) * 6 - 3,), others.sine_loss, others.sgd),
    "actor_critic": (others.Policy, episode, others.actor_critic_loss, others.adam),
    "gcn": (others.GraphConvolution, *OF_GRAPHS),
    "gat": (others.GraphAttention, *OF_GRAPHS),
}  # fmt: skip
NETWORKS = {name: Network("examples", *parts) for name, parts in EXAMPLES.items()}
