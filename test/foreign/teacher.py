"""Streams keys from a teacher and computes them again in numpy from the raw taps that it asks for as well.

python teacher.py ADDRESS IDX_FOLDER
"""

import sys

import grpc
import numpy as np
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from idx import read_idx
from lyceum.teacher.v1 import teacher_pb2, teacher_service_pb2_grpc
from lyceum.tensor.v1 import tensor_pb2
from wire import join, near, to_wire

address, folder = sys.argv[1:]
images = read_idx(f"{folder}/train-images-idx3-ubyte")[..., np.newaxis]
mean = np.float32(images.mean() / 255)
std = np.float32(images.std() / 255)
normalised = (images.astype(np.float32) / np.float32(255) - mean) / std

STUDENT_MAP = (14, 14, 5)
TAPS = ["f1", "f3", "f4", "logits"]


def opening(**changes):
    fields = {
        "keys": [
            teacher_pb2.KeySpec(id="soft", loss="kd"),
            teacher_pb2.KeySpec(
                id="maps",
                loss="at",
                teacher_taps={"layer1": "f1", "layer2": "f3"},
                student_shapes={
                    "layer1": teacher_pb2.TapShape(shape=STUDENT_MAP),
                    "layer2": teacher_pb2.TapShape(shape=(7, 7, 9)),
                },
            ),
        ],
        "taps": TAPS,
        "data": teacher_pb2.DataRef(name="idx", path=folder),
        **changes,
    }
    return teacher_pb2.DistillRequest(open=teacher_pb2.DistillOpen(**fields))


def by_name(sequence, indices):
    names = teacher_pb2.SampleNames(indices=indices)
    return teacher_pb2.DistillRequest(batch=teacher_pb2.DistillBatch(sequence=sequence, samples=names))


def by_pixels(sequence, array):
    pixels = teacher_pb2.Pixels(images=to_wire("images", array))
    return teacher_pb2.DistillRequest(batch=teacher_pb2.DistillBatch(sequence=sequence, pixels=pixels))


def distill(stub, *requests):
    """The opening answer, and every batch's tensors by sequence."""
    opened, tensors, finished = None, {}, []
    for response in stub.Distill(iter(requests)):
        if response.HasField("opened"):
            opened = response.opened
            continue
        keys = response.keys
        assert not keys.HasField("error"), keys.error
        tensors.setdefault(keys.sequence, []).extend(keys.tensors)
        if keys.last:
            finished.append(keys.sequence)
    asked = [request.batch.sequence for request in requests if request.HasField("batch")]
    assert finished == asked, f"answered {finished}, asked for {asked}"
    return opened, {sequence: join(parts) for sequence, parts in tensors.items()}


def attention(tap, grid):
    """Zagoruyko and Komodakis: the mean square over channels, flat, divided by its norm; pooled to the smaller grid."""
    n, height, width, channels = tap.shape
    rows, columns = min(height, grid[0]), min(width, grid[1])
    blocks = tap.reshape(n, rows, height // rows, columns, width // columns, channels)
    energy = np.square(blocks.mean(axis=(2, 4))).mean(axis=3).reshape(n, -1)
    return energy / np.maximum(np.linalg.norm(energy, axis=1, keepdims=True), 1e-12)


def check_keys(answer, tolerance, what):
    near(answer["soft/logits"], answer["logits"], tolerance, f"{what}: the key of kd")
    near(answer["maps/layer1.attention"], attention(answer["f1"], STUDENT_MAP), tolerance, f"{what}: attention of f1")
    near(answer["maps/layer2.attention"], attention(answer["f3"], (7, 7)), tolerance, f"{what}: attention of f3")
    near(answer["f4"], answer["f3"].mean(axis=(1, 2)), tolerance, f"{what}: the pooled tap")


def check_streams(stub):
    batches = [[3, 1, 2], [0], 3 * list(range(30))]
    requests = [by_name(10 * i + 5, indices) for i, indices in enumerate(batches)]
    opened, named = distill(stub, opening(), *requests)
    promised = {tensor.name: tuple(tensor.shape)[1:] for tensor in opened.tensors}
    for i, indices in enumerate(batches):
        answer = named[10 * i + 5]
        assert {name: array.shape[1:] for name, array in answer.items()} == promised
        assert len(answer["logits"]) == len(indices)
        check_keys(answer, 1e-4, f"batch {i}")
    # A batch of one answers as the same sample does in a batch of ninety.
    near(named[15]["logits"], named[25]["logits"][:1], 1e-4, "a sample by itself")

    # 90 of f1 are 90 x 28 x 28 x 8 floats, 2.2 MiB: more than one message.
    parts = [response.keys for response in stub.Distill(iter([opening(), requests[2]])) if response.HasField("keys")]
    assert len(parts) > 2 and all(part.ByteSize() < 1.2 * 2**20 for part in parts), len(parts)

    pixels = normalised[batches[0]]
    _, sent = distill(stub, opening(data=None), by_pixels(1, pixels))
    check_keys(sent[1], 1e-4, "pixels")
    for name, array in named[5].items():
        near(sent[1][name], array, 1e-4, f"{name}, by pixels and by name")

    _, raw = distill(stub, opening(data=None), by_pixels(1, images[batches[0]]))
    near(raw[1]["logits"], named[5]["logits"], 1e-4, "logits of raw pixels")

    _, half = distill(stub, opening(dtype=tensor_pb2.DATA_TYPE_FP16), requests[0])
    assert all(array.dtype == np.float16 for array in half[5].values())
    for name, array in named[5].items():
        near(half[5][name], array, 2e-3, f"{name} in half precision")
    assert np.array_equal(half[5]["logits"], named[5]["logits"].astype(np.float16)), "rounded to the nearest even"


def encoded(**changes):
    """Both keys in an encoding, beside FP32 taps."""
    request = opening()
    for key in request.open.keys:
        for field, value in changes.items():
            setattr(key, field, value)
    return request


def softmax(x):
    e = np.exp(np.asarray(x, np.float64))
    return e / e.sum(axis=1, keepdims=True)


def check_encodings(stub):
    """The bytes of each encoding, as the contract defines them, against what numpy makes of the FP32 answer."""
    batch = by_name(1, [3, 1, 2, 0, 7])
    _, plain = distill(stub, opening(), batch)

    _, answer = distill(stub, encoded(encoding=teacher_pb2.KEY_ENCODING_BF16), batch)
    near(answer[1]["soft/logits"], plain[1]["logits"], 4e-3, "logits in bfloat16")
    assert not np.any(answer[1]["soft/logits"].view("<u4") & 0xFFFF), "the lower halves are 0"

    opened, answer = distill(stub, encoded(encoding=teacher_pb2.KEY_ENCODING_INT8), batch)
    promised = {tensor.name: tensor.encoding for tensor in opened.tensors}
    assert promised["soft/logits"] == tensor_pb2.ENCODING_INT8_ROWS, promised
    assert promised["logits"] == tensor_pb2.ENCODING_RAW, promised
    for name in ["soft/logits", "maps/layer1.attention", "maps/layer2.attention"]:
        wanted, found = plain[1][name], answer[1][name]
        step = np.abs(wanted).max(axis=1, keepdims=True) / np.float32(127)
        assert np.all(np.abs(found - wanted) <= 0.5001 * step), f"{name} in bytes"
        near(found, np.clip(np.rint(wanted / step), -127, 127) * step, 1e-2, f"{name} in bytes")

    request = opening()
    request.open.keys[0].encoding = teacher_pb2.KEY_ENCODING_TOP_K
    request.open.keys[0].top_k = 3
    _, answer = distill(stub, request, batch)
    wanted, found = plain[1]["logits"], answer[1]["soft/logits"]
    largest = np.argsort(-wanted, axis=1)[:, :3]
    take = lambda array: np.take_along_axis(array, largest, axis=1)  # noqa: E731
    assert np.array_equal(take(found), take(wanted)), "the three largest logits"
    near(take(softmax(found)), take(softmax(wanted)), 1e-4, "their probabilities")
    others = found.copy()
    np.put_along_axis(others, largest, np.nan, axis=1)
    assert np.all(np.nanmax(others, axis=1) == np.nanmin(others, axis=1)), "the others are equal"
    near(answer[1]["maps/layer1.attention"], plain[1]["maps/layer1.attention"], 1e-6, "the key that is sent plainly")


def fields_of(error):
    """The fields that a refusal names, by the standard details of its status."""
    fields = []
    for detail in rpc_status.from_call(error).details:
        bad = error_details_pb2.BadRequest()
        if detail.Unpack(bad):
            fields += [violation.field for violation in bad.field_violations]
    return fields


def check_refusals(stub):
    try:
        distill(stub, opening(window=-1, split="validation"))
        raise AssertionError("nothing was refused")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error
        assert fields_of(error) == ["open.split", "open.window"], fields_of(error)
    try:
        distill(stub, encoded(encoding=teacher_pb2.KEY_ENCODING_TOP_K, top_k=10))
        raise AssertionError("nothing was refused")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error
        assert fields_of(error) == ["open.keys[0].top_k", "open.keys[1].encoding"], fields_of(error)
    # A wrong batch fails alone; its status is in the answer.
    requests = [opening(), by_name(1, [30]), by_name(2, [4])]
    first, second = [response.keys for response in stub.Distill(iter(requests)) if response.HasField("keys")][:2]
    assert first.error.code == grpc.StatusCode.OUT_OF_RANGE.value[0], first
    assert second.sequence == 2 and not second.HasField("error")


options = [("grpc.max_receive_message_length", 64 * 2**20)]
with grpc.insecure_channel(address, options=options) as channel:
    teachers = teacher_service_pb2_grpc.TeacherServiceStub(channel)
    described = teachers.GetTeacher(teacher_pb2.GetTeacherRequest()).teacher
    assert [tap.name for tap in described.taps if tap.role == "map"] == ["f1", "f2", "f3"], described
    check_streams(teachers)
    check_encodings(teachers)
    check_refusals(teachers)
print("teacher: all as computed in numpy")
