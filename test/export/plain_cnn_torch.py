"""A plain CNN of PyTorch's own modules that loads an exported state dict.

plain_cnn_torch.py WEIGHTS EXPECTED: as plain_cnn_numpy.py, with nothing but PyTorch.
"""

import json
import struct
import sys

import torch
from torch import nn


def read(path):
    """A safetensors file of float32, without the package: a length, a JSON header, the numbers."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    result = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        result[name] = torch.frombuffer(data[start:end], dtype=torch.float32).reshape(entry["shape"])
    return result


class Group(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(x)))


class PlainCnn(nn.Module):
    def __init__(self, channels, width, classes):
        super().__init__()
        self.group1 = Group(channels, width)
        self.group2 = Group(width, 2 * width)
        self.group3 = Group(2 * width, 4 * width)
        self.fc = nn.Linear(4 * width, classes)

    def forward(self, x):
        x = self.group2(nn.functional.max_pool2d(self.group1(x), 2))
        x = self.group3(nn.functional.max_pool2d(x, 2))
        return self.fc(x.mean((2, 3)))


weights, expected = read(sys.argv[1]), read(sys.argv[2])
width, channels = weights["group1.conv1.weight"].shape[:2]
model = PlainCnn(channels, width, len(weights["fc.bias"])).eval()
model.load_state_dict(weights, strict=True)
with torch.no_grad():
    logits = model(expected["images"].permute(0, 3, 1, 2))
print(json.dumps({"error": float((logits - expected["logits"]).abs().max())}))
