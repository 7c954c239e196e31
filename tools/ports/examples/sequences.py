"""Networks of sequences in the manner of PyTorch's examples: language models, translation, inference, time series."""

import math

import torch
import torch.nn.functional as F
from torch import nn, optim


class LanguageModel(nn.Module):
    """Word language model of recurrent layers."""

    def __init__(
        self,
        rnn_type: str = "LSTM",
        words: int = 50,
        width: int = 16,
        tie_weights: bool = False,
    ) -> None:
        super().__init__()
        self.ntoken = words
        self.drop = nn.Dropout(0.2)
        self.encoder = nn.Embedding(words, width)
        if rnn_type in ["LSTM", "GRU"]:
            self.rnn = getattr(nn, rnn_type)(width, width, 2, dropout=0.2)
        else:
            nonlinearity = {"RNN_TANH": "tanh", "RNN_RELU": "relu"}[rnn_type]
            self.rnn = nn.RNN(width, width, 2, nonlinearity=nonlinearity, dropout=0.2)
        self.decoder = nn.Linear(width, words)
        if tie_weights:
            self.decoder.weight = self.encoder.weight
        self.init_weights()

    def init_weights(self):
        initrange = 0.1
        nn.init.uniform_(self.encoder.weight, -initrange, initrange)
        nn.init.zeros_(self.decoder.bias)
        nn.init.uniform_(self.decoder.weight, -initrange, initrange)

    def forward(self, tokens, hidden):
        emb = self.drop(self.encoder(tokens))
        output, hidden = self.rnn(emb, hidden)
        output = self.drop(output)
        decoded = self.decoder(output)
        decoded = decoded.view(-1, self.ntoken)
        return F.log_softmax(decoded, dim=1), hidden


def next_word_loss(output, tokens):
    words = output[0] if isinstance(output, tuple) else output.view(-1, output.size(-1))
    batch = tokens.size(1)
    return F.nll_loss(words[:-batch], tokens[1:].reshape(-1))


def sgd(model):
    return optim.SGD(model.parameters(), lr=0.5)


class PositionalEncoding(nn.Module):
    def __init__(self, d_model: int, dropout: float = 0.1, max_len: int = 64) -> None:
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)
        pe = torch.zeros(max_len, d_model)
        position = torch.arange(0, max_len, dtype=torch.float).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2).float() * (-math.log(10000.0) / d_model))
        pe[:, 0::2] = torch.sin(position * div_term)
        pe[:, 1::2] = torch.cos(position * div_term)
        pe = pe.unsqueeze(0).transpose(0, 1)
        self.register_buffer("pe", pe)

    def forward(self, x):
        x = x + self.pe[: x.size(0), :]
        return self.dropout(x)


class TransformerModel(nn.Transformer):
    """Word language model of a Transformer's encoder; the decoder is a layer in its place."""

    def __init__(self, words: int = 50, width: int = 16, heads: int = 2, layers: int = 2) -> None:
        super().__init__(d_model=width, nhead=heads, dim_feedforward=32, num_encoder_layers=layers)
        self.src_mask = None
        self.pos_encoder = PositionalEncoding(width, 0.2)
        self.input_emb = nn.Embedding(words, width)
        self.ninp = width
        self.decoder = nn.Linear(width, words)
        self.init_weights()

    def _generate_square_subsequent_mask(self, sz):
        return torch.log(torch.tril(torch.ones(sz, sz)))

    def init_weights(self):
        initrange = 0.1
        nn.init.uniform_(self.input_emb.weight, -initrange, initrange)
        nn.init.zeros_(self.decoder.bias)
        nn.init.uniform_(self.decoder.weight, -initrange, initrange)

    def forward(self, tokens, has_mask=True):
        if has_mask:
            device = tokens.device
            if self.src_mask is None or self.src_mask.size(0) != len(tokens):
                mask = self._generate_square_subsequent_mask(len(tokens)).to(device)
                self.src_mask = mask
        else:
            self.src_mask = None
        src = self.input_emb(tokens) * math.sqrt(self.ninp)
        src = self.pos_encoder(src)
        output = self.encoder(src, mask=self.src_mask)
        output = self.decoder(output)
        return F.log_softmax(output, dim=-1)


class TokenEmbedding(nn.Module):
    def __init__(self, vocab_size: int, emb_size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, emb_size)
        self.emb_size = emb_size

    def forward(self, tokens):
        return self.embedding(tokens.long()) * math.sqrt(self.emb_size)


class Translator(nn.Module):
    """Language translation by an encoder and a decoder."""

    def __init__(self, src_words: int = 40, tgt_words: int = 50, width: int = 16) -> None:
        super().__init__()
        self.src_embedding = TokenEmbedding(src_words, width)
        self.tgt_embedding = TokenEmbedding(tgt_words, width)
        self.pos_encoding = PositionalEncoding(width)
        self.transformer = nn.Transformer(width, 4, 2, 2, 32, dropout=0.1)
        self.ff = nn.Linear(width, tgt_words)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)

    def forward(self, src, trg):
        src_emb = self.pos_encoding(self.src_embedding(src))
        tgt_emb = self.pos_encoding(self.tgt_embedding(trg))
        size = trg.size(0)
        ones = torch.ones((size, size), device=trg.device)
        tgt_mask = torch.triu(ones, diagonal=1).bool()
        padding = (src == 1).transpose(0, 1)
        outs = self.transformer(
            src_emb,
            tgt_emb,
            tgt_mask=tgt_mask,
            src_key_padding_mask=padding,
            memory_key_padding_mask=padding,
        )
        return self.ff(outs)


def translation_loss(output, trg):
    logits = output[:-1].reshape(-1, output.size(-1))
    return nn.CrossEntropyLoss(ignore_index=1)(logits, trg[1:].reshape(-1))


def translation_adam(model):
    return optim.Adam(model.parameters(), lr=0.0001, betas=(0.9, 0.98), eps=1e-9)


class Bottle(nn.Module):
    def forward(self, input):
        if len(input.size()) <= 2:
            return super().forward(input)
        size = input.size()[:2]
        out = super().forward(input.view(size[0] * size[1], -1))
        return out.view(size[0], size[1], -1)


class Linear(Bottle, nn.Linear):
    pass


class Encoder(nn.Module):
    def __init__(self, d_proj: int, d_hidden: int) -> None:
        super().__init__()
        self.d_hidden = d_hidden
        self.rnn = nn.GRU(d_proj, d_hidden, num_layers=2, dropout=0.2, bidirectional=True)

    def forward(self, inputs):
        batch_size = inputs.size()[1]
        h0 = inputs.new_zeros((4, batch_size, self.d_hidden))
        _, ht = self.rnn(inputs, h0)
        return ht[-2:].transpose(0, 1).contiguous().view(batch_size, -1)


class SnliClassifier(nn.Module):
    """Natural language inference: does the premise entail the hypothesis?"""

    def __init__(self, words: int = 40, width: int = 12, d_hidden: int = 8) -> None:
        super().__init__()
        self.embed = nn.Embedding(words, width)
        self.projection = Linear(width, width)
        self.relu = nn.ReLU()
        self.encoder = Encoder(width, d_hidden)
        sizes = 2 * 2 * d_hidden
        lin_config = [sizes] * 2
        self.out = nn.Sequential(
            Linear(*lin_config),
            nn.ReLU(),
            nn.Dropout(p=0.2),
            Linear(*lin_config),
            nn.ReLU(),
            nn.Dropout(p=0.2),
            Linear(sizes, 3),
        )

    def forward(self, premise, hypothesis):
        prem_embed = self.embed(premise)
        hypo_embed = self.embed(hypothesis)
        prem_embed = prem_embed.detach()
        hypo_embed = hypo_embed.detach()
        prem_embed = self.relu(self.projection(prem_embed))
        hypo_embed = self.relu(self.projection(hypo_embed))
        premise = self.encoder(prem_embed)
        hypothesis = self.encoder(hypo_embed)
        return self.out(torch.cat([premise, hypothesis], 1))


class Sequence(nn.Module):
    """Time sequence prediction: LSTM cells, step by step, and two steps into the future."""

    def __init__(self, hidden: int = 11, future: int = 2) -> None:
        super().__init__()
        self.hidden, self.future = hidden, future
        self.lstm1 = nn.LSTMCell(1, hidden)
        self.lstm2 = nn.LSTMCell(hidden, hidden)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, input):
        outputs = []
        h_t = torch.zeros(input.size(0), self.hidden, dtype=torch.double)
        c_t = torch.zeros(input.size(0), self.hidden, dtype=torch.double)
        h_t2 = torch.zeros(input.size(0), self.hidden, dtype=torch.double)
        c_t2 = torch.zeros(input.size(0), self.hidden, dtype=torch.double)

        for input_t in input.split(1, dim=1):
            h_t, c_t = self.lstm1(input_t, (h_t, c_t))
            h_t2, c_t2 = self.lstm2(h_t, (h_t2, c_t2))
            output = self.linear(h_t2)
            outputs += [output]
        for _ in range(self.future):
            h_t, c_t = self.lstm1(output, (h_t, c_t))
            h_t2, c_t2 = self.lstm2(h_t, (h_t2, c_t2))
            output = self.linear(h_t2)
            outputs += [output]
        return torch.cat(outputs, dim=1)


def time_sequence():
    return Sequence().double()


def sequence_loss(output, input):
    """The sequence itself, a step later."""
    return F.mse_loss(output[:, : input.size(1) - 1], input[:, 1:])


def lbfgs(model):
    return optim.LBFGS(model.parameters(), lr=0.8)
