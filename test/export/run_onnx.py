"""Checks ONNX files and runs them.

For each NAME.onnx of a folder, NAME.safetensors has `images` [n, h, w, c] and what outputs should be, maps with
channels last. Prints a JSON object by name: what the file says, and how far the outputs are away.
"""

import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file


def channels_last(values):
    return values.transpose(0, 2, 3, 1) if values.ndim == 4 else values


def look(path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    wanted = load_file(path.with_suffix(".safetensors"))
    images = np.ascontiguousarray(wanted["images"].transpose(0, 3, 1, 2))
    found = dict(zip(names, session.run(None, {"images": images})))
    # The batch may have any size.
    first = dict(zip(names, session.run(None, {"images": images[:1]})))
    outputs = {}
    for name in names:
        values, alone, expected = channels_last(found[name]), channels_last(first[name]), wanted[name]
        if values.shape != expected.shape:
            raise SystemExit(f"{path.stem}: {name} must be {expected.shape}, found {values.shape}")
        outputs[name] = {
            "error": float(max(np.abs(values - expected).max(), np.abs(alone - expected[:1]).max())),
            "greatest": float(np.abs(expected).max()),
        }
    return {
        "inputs": {value.name: value.shape for value in session.get_inputs()},
        "outputs": outputs,
        "metadata": session.get_modelmeta().custom_metadata_map,
    }


print(json.dumps({path.stem: look(path) for path in sorted(pathlib.Path(sys.argv[1]).glob("*.onnx"))}))
