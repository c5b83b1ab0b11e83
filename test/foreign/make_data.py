"""Writes a data set of thirty made-up images of 28 x 28 in five classes.

python make_data.py FOLDER
"""

import os
import sys

import numpy as np
from idx import write_idx

(folder,) = sys.argv[1:]
os.makedirs(folder)
random = np.random.default_rng(20)
for split, count in (("train", 30), ("t10k", 10)):
    write_idx(f"{folder}/{split}-images-idx3-ubyte", random.integers(0, 256, (count, 28, 28)))
    write_idx(f"{folder}/{split}-labels-idx1-ubyte", np.arange(count) % 5)
