"""One training step of the fixture's bridge in PyTorch, for tools/align/compare-step.mjs: for each line on stdin runs one and prints its
loss and milliseconds. Weights, pooled features and targets come from the fixture, 16 windows made of its four.

    python tools/align/torch_step.py FIXTURE THREADS plain|fused
"""

import json
import sys
import time

import numpy as np
import torch
from safetensors.numpy import load_file

fixture, threads, kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
torch.set_num_threads(threads)
WINDOWS, WIDTH, HEADS, TOKENS = 16, 64, 8, 500
gradients = load_file(f"{fixture}/align/gradients.safetensors")
weights = {k: torch.tensor(v) for k, v in load_file(f"{fixture}/models/ecg_pt_finetuned.safetensors").items()}
mask = torch.full((TOKENS, TOKENS), -1e9).triu(1)


def attention(q, k, v):
    if kind == "fused":
        return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True, scale=WIDTH**-0.5)
    return torch.softmax(q @ k.transpose(-2, -1) * WIDTH**-0.5 + mask, dim=-1) @ v


def block(x, i):
    def w(name):
        return weights[f"blocks.{i}.{name}"]

    def norm(y, name):
        return torch.nn.functional.layer_norm(y, (WIDTH,), w(f"{name}.weight"), w(f"{name}.bias"), 1e-5)

    q, k, v = (norm(x, "ln1") @ w("qkv.weight").T).chunk(3, dim=-1)
    heads = [y.view(len(x), TOKENS, HEADS, WIDTH // HEADS).transpose(1, 2) for y in (q, k, v)]
    mixed = attention(*heads).transpose(1, 2).reshape(len(x), TOKENS, WIDTH)
    x = x + mixed @ w("proj.weight").T + w("proj.bias")
    inner = torch.relu(norm(x, "ln2") @ w("fc1.weight").T + w("fc1.bias"))
    return x + inner @ w("fc2.weight").T + w("fc2.bias")


def repeat(name):
    return torch.tensor(np.tile(gradients[name], (WINDOWS // 4,) + (1,) * (gradients[name].ndim - 1)), dtype=torch.float32)


x, target = repeat("x"), repeat("target_last").flatten(1)
A, B, prototypes = (torch.nn.Parameter(torch.tensor(gradients[f"trained.{n}"])) for n in ("A", "B", "prototypes"))
adam = torch.optim.Adam([A, B, prototypes], lr=1e-3)

for _ in sys.stdin:
    began = time.perf_counter()
    adam.zero_grad()
    mixing = (x @ A.T @ B.T).view(WINDOWS, -1, TOKENS)
    h = (prototypes @ mixing).transpose(1, 2)
    for i in (6, 7):
        h = block(h, i)
    out = h.flatten(1)
    norms = ((out * out).sum(1) + 1e-12) * ((target * target).sum(1) + 1e-12)
    loss = (1 - (out * target).sum(1) / norms.sqrt()).mean()
    loss.backward()
    adam.step()
    print(json.dumps({"loss": loss.item(), "ms": 1000 * (time.perf_counter() - began)}), flush=True)
