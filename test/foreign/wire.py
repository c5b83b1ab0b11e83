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
    shape = tuple(tensor.shape)
    if tensor.encoding == tensor_pb2.ENCODING_INT8_ROWS:
        return int8_rows(tensor.data, shape)
    if tensor.encoding == tensor_pb2.ENCODING_TOP_K:
        return top_k(tensor.data, shape)
    if tensor.dtype == tensor_pb2.DATA_TYPE_BF16:
        return (np.frombuffer(tensor.data, "<u2").astype("<u4") << 16).view("<f4").reshape(shape)
    return np.frombuffer(tensor.data, dtype=DTYPES[tensor.dtype]).reshape(shape)


def int8_rows(data, shape):
    """Records of a scale and a byte an element."""
    records = np.frombuffer(data, np.uint8).reshape(shape[0], -1)
    scale = records[:, :4].copy().view("<f4")
    return (scale * records[:, 4:].view(np.int8)).reshape(shape)


def top_k(data, shape):
    """Records of k indices, k logits and the logarithm of the others' mass, which they share evenly."""
    records = np.frombuffer(data, np.uint8).reshape(shape[0], -1)
    k = (records.shape[1] - 4) // 6
    indices, logits, rest = (
        records[:, a:b].copy().view(kind) for a, b, kind in [(0, 2 * k, "<u2"), (2 * k, 6 * k, "<f4"), (6 * k, None, "<f4")]
    )
    out = np.repeat(rest - np.float32(np.log(shape[1] - k)), shape[1], axis=1)
    np.put_along_axis(out, indices.astype(np.int64), logits, axis=1)
    return out


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
