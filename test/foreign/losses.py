"""Calls losses as a trainer of another house would, and computes values and gradients again in numpy.

python losses.py ADDRESS
"""

import queue
import sys

import grpc
import numpy as np
from google.protobuf import struct_pb2
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from lyceum.loss.v1 import loss_pb2, loss_service_pb2_grpc
from wire import from_wire, near, to_wire

random = np.random.default_rng(7)


def floats(*shape):
    return random.normal(size=shape).astype("<f4")


class Session:
    """One session: a request, then its answer."""

    def __init__(self, stub, loss, student, teacher, params=None, **fields):
        self.requests = queue.SimpleQueue()
        self.sequence = 0
        self.answers = stub.Apply(iter(self.requests.get, None))
        given = struct_pb2.Struct()
        given.update(params or {})
        opening = loss_pb2.ApplyOpen(
            loss=loss,
            params=given,
            student_shapes={slot: loss_pb2.SlotShape(shape=shape) for slot, shape in student.items()},
            teacher_shapes={slot: loss_pb2.SlotShape(shape=shape) for slot, shape in teacher.items()},
            **fields,
        )
        self.opened = self.ask(open=opening).opened
        self.weights = {tensor.name: from_wire(tensor) for tensor in self.opened.weights}

    def ask(self, **message):
        self.sequence += 1
        self.requests.put(loss_pb2.ApplyRequest(sequence=self.sequence, **message))
        answer = next(self.answers)
        assert answer.sequence == self.sequence
        return answer

    def step(self, student, keys, weights=None, labels=None, indices=None, number=0):
        def whole(name, values):
            return None if values is None else to_wire(name, np.asarray(values, "<i4"))

        step = loss_pb2.ApplyStep(
            step=number,
            student=[to_wire(name, array) for name, array in student.items()],
            keys=[to_wire(name, array) for name, array in keys.items()],
            weights=[to_wire(name, array) for name, array in (weights or self.weights).items()],
            labels=whole("labels", labels),
            indices=whole("indices", indices),
        )
        answer = self.ask(step=step)
        assert answer.HasField("result"), answer
        return answer.result.value, {tensor.name: from_wire(tensor) for tensor in answer.result.gradients}

    def snapshot(self):
        state = []
        answer = self.ask(snapshot=loss_pb2.ApplySnapshot())
        while True:
            state += answer.state.state
            if answer.state.last:
                return state
            answer = next(self.answers)

    def restore(self, state):
        assert self.ask(restore=loss_pb2.ApplyRestore(state=state, last=True)).state.last

    def close(self):
        self.requests.put(None)
        assert list(self.answers) == []


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def check_soft_labels(stub):
    """Hinton et al.: T^2 KL(softmax(z_t / T) || softmax(z_s / T)), mean over the batch, and gamma times cross entropy."""
    n, classes, temperature, gamma = 6, 5, 3.0, 0.25
    shapes = {"logits": (classes,)}
    session = Session(stub, "kd", shapes, shapes, {"temperature": temperature, "gamma": gamma}, class_count=classes)
    student, teacher = floats(n, classes), floats(n, classes)
    labels = random.integers(0, classes, n)
    value, gradients = session.step({"logits": student}, {"logits": teacher}, labels=labels)
    session.close()
    s, t = student.astype(np.float64), teacher.astype(np.float64)
    p, q = softmax(t / temperature), softmax(s / temperature)
    hard = np.eye(classes)[labels]
    soft = temperature**2 * np.sum(p * (np.log(p) - np.log(q)), axis=1).mean()
    crossed = -np.sum(hard * np.log(softmax(s)), axis=1).mean()
    near(value, soft + gamma * crossed, 1e-5, "value of kd")
    near(gradients["logits"], (temperature * (q - p) + gamma * (softmax(s) - hard)) / n, 1e-4, "gradient of kd")


def check_hints(stub):
    """Romero et al.: the mean square of r(v) - u; with a bare 1x1 convolution r, and with batch norm and ReLU."""
    n, height, inputs, outputs = 3, 4, 2, 3
    student, hint = floats(n, height, height, inputs), floats(n, height, height, outputs)
    shapes = ({"layer1": student.shape[1:]}, {"layer1": hint.shape[1:]})

    plain = Session(stub, "fitnet", *shapes, {"variant": "rkd-author"})
    assert list(plain.weights) == list(plain.opened.trainable) == ["conv.kernel"]
    kernel = plain.weights["conv.kernel"].reshape(inputs, outputs).astype(np.float64)
    value, gradients = plain.step({"layer1": student}, {"layer1": hint})
    error = student.reshape(-1, inputs) @ kernel - hint.reshape(-1, outputs)
    near(value, np.square(error).mean(), 1e-5, "value of a bare hint")
    near(gradients["layer1"].reshape(-1, inputs), 2 / error.size * error @ kernel.T, 1e-4, "gradient by the map")
    expected = 2 / error.size * student.reshape(-1, inputs).T @ error
    near(gradients["weights.conv.kernel"].reshape(inputs, outputs), expected, 1e-4, "gradient by the kernel")
    plain.close()

    whole = Session(stub, "fitnet", *shapes)
    scaled = {**whole.weights, "bn.gamma": floats(outputs), "bn.beta": floats(outputs)}
    value, gradients = whole.step({"layer1": student}, {"layer1": hint}, weights=scaled)
    mapped = student.reshape(-1, inputs) @ scaled["conv.kernel"].reshape(inputs, outputs) + scaled["conv.bias"]
    centred = mapped - mapped.mean(axis=0)
    normal = centred / np.sqrt(np.square(centred).mean(axis=0) + 1e-5)
    before = normal * scaled["bn.gamma"] + scaled["bn.beta"]
    error = np.maximum(before, 0) - hint.reshape(-1, outputs)
    near(value, np.square(error).mean(), 1e-5, "value of a hint")
    near(gradients["weights.bn.beta"], (2 / error.size * error * (before > 0)).sum(axis=0), 1e-4, "gradient by beta")
    assert set(gradients) == {"layer1", *(f"weights.{name}" for name in whole.opened.trainable)}
    whole.close()


def check_memory(stub):
    """Contrastive representation distillation keeps a memory: its state goes out and comes back."""
    shapes = ({"embed": (6,)}, {"embed": (5,)})
    session = Session(stub, "crd", *shapes, {"featDim": 8, "nceK": 4}, sample_count=20, class_count=4, seed=3)
    student, keys, indices = {"embed": floats(4, 6)}, {"embed": floats(4, 5)}, [0, 19, 7, 3]
    session.step(student, keys, indices=indices)
    state = session.snapshot()
    banks = {tensor.name: from_wire(tensor) for tensor in state}
    assert {name: bank.shape for name, bank in banks.items()} == {
        "memoryStudent": (20, 8),
        "memoryTeacher": (20, 8),
        "zStudent": (),
        "zTeacher": (),
    }
    near(np.linalg.norm(banks["memoryStudent"][indices], axis=1), np.ones(4), 1e-5, "norms of the rows just seen")

    going_on, _ = session.step(student, keys, indices=indices, number=1)
    later, _ = session.step(student, keys, indices=indices, number=1)
    assert later != going_on, "the memory did not change"
    session.restore(state)
    restored, _ = session.step(student, keys, indices=indices, number=1)
    assert restored == going_on, (restored, going_on)
    weights = session.weights
    session.close()

    # The state moves to another session, as from a checkpoint of a trainer that was killed.
    fresh = Session(stub, "crd", *shapes, {"featDim": 8, "nceK": 4}, sample_count=20, class_count=4, seed=3)
    fresh.restore(state)
    moved, _ = fresh.step(student, keys, weights=weights, indices=indices, number=1)
    assert moved == going_on, (moved, going_on)
    fresh.close()


def violations(status, kind):
    return [detail for detail in (kind(),) for packed in status.details if packed.Unpack(detail)]


def check_refusals(stub):
    try:
        stub.GetLoss(loss_pb2.GetLossRequest(name="fitnets"))
        raise AssertionError("nothing was refused")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.NOT_FOUND and 'did you mean "fitnet"' in error.details(), error
        (resource,) = violations(rpc_status.from_call(error), error_details_pb2.ResourceInfo)
        assert (resource.resource_type, resource.resource_name) == ("loss", "fitnets")
    shapes = {"logits": (4,)}
    try:
        Session(stub, "kd", shapes, shapes, {"temperature": -1})
        raise AssertionError("nothing was refused")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error
        (bad,) = violations(rpc_status.from_call(error), error_details_pb2.BadRequest)
        assert [violation.field for violation in bad.field_violations] == ["open.params.temperature"], bad
    # A wrong step is answered in its place, and the session goes on.
    session = Session(stub, "kd", shapes, shapes)
    wrong = loss_pb2.ApplyStep(student=[to_wire("logits", floats(2, 3))], keys=[to_wire("logits", floats(2, 4))])
    status = session.ask(step=wrong).error
    (bad,) = violations(status, error_details_pb2.BadRequest)
    assert [violation.field for violation in bad.field_violations] == ["step.student.logits"], bad
    session.step({"logits": floats(2, 4)}, {"logits": floats(2, 4)})
    session.close()


(address,) = sys.argv[1:]
with grpc.insecure_channel(address) as channel:
    losses = loss_service_pb2_grpc.LossServiceStub(channel)
    assert {"at", "crd", "fitnet", "kd"} <= {loss.name for loss in losses.ListLosses(loss_pb2.ListLossesRequest()).losses}
    check_soft_labels(losses)
    check_hints(losses)
    check_memory(losses)
    check_refusals(losses)
print("losses: all as computed in numpy")
