"""The IDX format of MNIST."""

import numpy as np


def write_idx(path, array):
    header = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    with open(path, "wb") as file:
        file.write(header + array.astype(np.uint8).tobytes())


def read_idx(path):
    with open(path, "rb") as file:
        data = file.read()
    sizes = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(data[3])]
    return np.frombuffer(data[4 + 4 * len(sizes) :], np.uint8).reshape(sizes)
