"""A plain CNN in numpy, by exported weights of either layout.

plain_cnn_numpy.py WEIGHTS EXPECTED: EXPECTED has `images` [n, h, w, c] and `logits`. Prints how far ours are away.
"""

import json
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file

weights, expected = load_file(sys.argv[1]), load_file(sys.argv[2])
with safe_open(sys.argv[1], framework="np") as file:
    metadata = file.metadata()
first = weights["group1.conv2.weight"]
pytorch = first.shape[2:] == (3, 3)


def convolve(x, name):
    kernel = weights[name + ".weight"]
    if pytorch:
        kernel = kernel.transpose(2, 3, 1, 0)
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    return np.einsum("nyxcij,ijco->nyxo", windows, kernel)


def normalise(x, name):
    scale = weights[name + ".weight"] / np.sqrt(weights[name + ".running_var"] + 1e-5)
    return (x - weights[name + ".running_mean"]) * scale + weights[name + ".bias"]


def halve(x):
    n, h, w, c = x.shape
    return x[:, : h // 2 * 2, : w // 2 * 2].reshape(n, h // 2, 2, w // 2, 2, c).max((2, 4))


x = expected["images"]
for group in (1, 2, 3):
    if group > 1:
        x = halve(x)
    for place in (1, 2):
        x = convolve(x, f"group{group}.conv{place}")
        x = np.maximum(normalise(x, f"group{group}.bn{place}"), 0)
dense = weights["fc.weight"].T if pytorch else weights["fc.weight"]
logits = x.mean((1, 2)) @ dense + weights["fc.bias"]
error = float(np.abs(logits - expected["logits"]).max())
print(json.dumps({"pytorch": pytorch, "error": error, "metadata": metadata}))
