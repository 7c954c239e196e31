"""A small GPT that learns the Apache licence byte by byte.

Tied weights, dropout, AdamW with two groups, warm-up then cosine, clipped gradients.
"""

from pathlib import Path

import arguments
import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

from torch_twin import Recorder

TEXT = Path(__file__).parent / "../../../LICENSE-APACHE"
VOCABULARY, BLOCK, LAYERS, HEADS, WIDTH, DROPOUT = 256, 32, 2, 4, 64, 0.1


class CausalSelfAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.c_attn = nn.Linear(WIDTH, 3 * WIDTH)
        self.c_proj = nn.Linear(WIDTH, WIDTH)
        self.resid_dropout = nn.Dropout(DROPOUT)

    def forward(self, x):
        batch, length, _ = x.shape
        q, k, v = (
            part.view(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2)
            for part in self.c_attn(x).split(WIDTH, dim=2)
        )  # N×HEADS×T×(WIDTH/HEADS)
        dropout = DROPOUT if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=dropout, is_causal=True)
        y = y.transpose(1, 2).reshape(batch, length, WIDTH)
        return self.resid_dropout(self.c_proj(y))


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.c_fc = nn.Linear(WIDTH, 4 * WIDTH)
        self.gelu = nn.GELU()
        self.c_proj = nn.Linear(4 * WIDTH, WIDTH)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, x):
        return self.dropout(self.c_proj(self.gelu(self.c_fc(x))))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1 = nn.LayerNorm(WIDTH)
        self.attn = CausalSelfAttention()
        self.ln_2 = nn.LayerNorm(WIDTH)
        self.mlp = MLP()

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte = nn.Embedding(VOCABULARY, WIDTH)
        self.wpe = nn.Embedding(BLOCK, WIDTH)
        self.drop = nn.Dropout(DROPOUT)
        self.h = nn.ModuleList([Block() for _ in range(LAYERS)])
        self.ln_f = nn.LayerNorm(WIDTH)
        self.lm_head = nn.Linear(WIDTH, VOCABULARY, bias=False)
        self.lm_head.weight = self.wte.weight
        for name, parameter in self.named_parameters():
            if name.endswith("c_proj.weight"):
                nn.init.normal_(parameter, 0.0, 0.02 / (2 * LAYERS) ** 0.5)
            elif parameter.dim() == 2:
                nn.init.normal_(parameter, 0.0, 0.02)

    def forward(self, tokens):
        places = torch.arange(tokens.size(1))
        x = self.drop(self.wte(tokens) + self.wpe(places))  # N×T×WIDTH
        for block in self.h:
            x = block(x)
        return self.lm_head(self.ln_f(x))  # N×T×VOCABULARY


def batch(text):
    """Eight places of the text, and what comes one byte later."""
    starts = torch.randperm(len(text) - BLOCK - 1)[:8]
    windows = starts.unsqueeze(1) + torch.arange(BLOCK)
    return text[windows], text[windows + 1]


def main():
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(3)
    text = torch.frombuffer(bytearray(TEXT.read_bytes()), dtype=torch.uint8).long()
    model = GPT()
    decayed = [p for p in model.parameters() if p.dim() >= 2]
    others = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": decayed, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}]
    optimizer = optim.AdamW(groups, lr=3e-3, betas=(0.9, 0.95))
    warm_up = LinearLR(optimizer, start_factor=0.1, total_iters=10)
    cosine = CosineAnnealingLR(optimizer, T_max=40)
    scheduler = SequentialLR(optimizer, [warm_up, cosine], milestones=[10])
    recorder = Recorder(model, optimizer, digest_above=20_000, only_steps=arguments.RECORDED)
    for step in range(1, arguments.steps + 1):
        tokens, targets = batch(text)
        with recorder.step(step):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(tokens).flatten(0, 1), targets.flatten())
            recorder.loss(loss)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            recorder.gradients()
            optimizer.step()
        scheduler.step()
        if step % 10 == 0:
            print(f"step {step}: loss {loss.item():.9f}")
    if arguments.trace:
        recorder.save(arguments.trace)


if __name__ == "__main__":
    main()
