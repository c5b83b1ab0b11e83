"""Tensors of the contract as numpy arrays, by the proto's own comments."""

import numpy as np
from lyceum.tensor.v1 import tensor_pb2

DTYPES = {
    tensor_pb2.DATA_TYPE_FP32: np.dtype("<f4"),
    tensor_pb2.DATA_TYPE_FP16: np.dtype("<f2"),
    tensor_pb2.DATA_TYPE_INT32: np.dtype("<i4"),
    tensor_pb2.DATA_TYPE_UINT8: np.dtype("u1"),
}


def to_wire(name, array):
    dtype = next(code for code, known in DTYPES.items() if known == array.dtype)
    return tensor_pb2.Tensor(
        name=name,
        dtype=dtype,
        shape=array.shape,
        encoding=tensor_pb2.ENCODING_RAW,
        data=np.ascontiguousarray(array).tobytes(),
    )


def from_wire(tensor):
    return np.frombuffer(tensor.data, dtype=DTYPES[tensor.dtype]).reshape(tuple(tensor.shape))


def join(tensors):
    """Tensors of one name are consecutive rows of one."""
    parts = {}
    for tensor in tensors:
        parts.setdefault(tensor.name, []).append(from_wire(tensor))
    return {name: np.concatenate(arrays) for name, arrays in parts.items()}


def near(found, expected, tolerance, what):
    found, expected = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    assert found.shape == expected.shape, f"{what}: shape {found.shape}, expected {expected.shape}"
    worst = np.max(np.abs(found - expected) / (1e-3 + np.abs(expected)), initial=0.0)
    assert worst < tolerance, f"{what}: differs by {worst:.2e}, allowed {tolerance:.0e}"
