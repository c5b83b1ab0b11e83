"""Losses of PyTorch behind Lyceum's contract. `python loss_service.py ADDRESS`; ends when its standard input does."""

import sys
from concurrent import futures

import grpc
import numpy
import torch
from google.protobuf import json_format
from lyceum.loss.v1 import loss_pb2 as pb
from lyceum.loss.v1 import loss_service_pb2_grpc as service
from lyceum.tensor.v1 import tensor_pb2
from torch.nn import functional as F


def kd(student, keys, temperature=4.0):
    """T^2 KL(softmax(z_t / T) || softmax(z_s / T)), batch mean."""
    q, p = (F.log_softmax(side["logits"] / temperature, 1) for side in (student, keys))
    return temperature**2 * F.kl_div(q, p, reduction="batchmean", log_target=True)


def my_kl(student, keys, weight=1.0):
    """The divergence the other way round, weighted by what the student believes."""
    q, p = (F.log_softmax(side["logits"], 1) for side in (student, keys))
    return weight * F.kl_div(p, q, reduction="batchmean", log_target=True)


LOSSES = {"kd": kd, "my-kl": my_kl}


def describe(name):
    slots = [pb.LossSlot(name="logits", kind="logits", default_taps="logits")]
    return pb.Loss(name=name, title=LOSSES[name].__doc__, student_slots=slots, teacher_slots=slots, key_sources=["teacher"])


def to_torch(tensors):
    arrays = {t.name: numpy.frombuffer(t.data, "<f4").reshape(tuple(t.shape)) for t in tensors}
    return {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}


def to_wire(name, tensor):
    return tensor_pb2.Tensor(name=name, dtype="DATA_TYPE_FP32", shape=tensor.shape, data=tensor.numpy().tobytes())


class Losses(service.LossServiceServicer):
    def ListLosses(self, request, context):
        return pb.ListLossesResponse(losses=[describe(name) for name in sorted(LOSSES)])

    def GetLoss(self, request, context):
        if request.name not in LOSSES:
            context.abort(grpc.StatusCode.NOT_FOUND, f'no loss "{request.name}"; known: {", ".join(LOSSES)}')
        return pb.GetLossResponse(loss=describe(request.name))

    def Apply(self, requests, context):
        for request in requests:
            answer = pb.ApplyResponse(sequence=request.sequence)
            if request.HasField("open"):
                loss, params = LOSSES[request.open.loss], json_format.MessageToDict(request.open.params)
                answer.opened.SetInParent()
            elif request.HasField("step"):
                student = {name: tap.requires_grad_() for name, tap in to_torch(request.step.student).items()}
                value = loss(student, to_torch(request.step.keys), **params)
                answer.result.value = value.item()
                if loss is kd and request.step.HasField("gradient_factor"):  # `my-kl` leaves that to the trainer
                    answer.result.gradient_factor = request.step.gradient_factor
                    value = request.step.gradient_factor * value
                value.backward()
                answer.result.gradients.extend(to_wire(name, tap.grad) for name, tap in student.items())
            else:  # `snapshot` and `restore`: these losses keep no state
                answer.state.last = True
            yield answer


if __name__ == "__main__":
    torch.set_num_threads(1)
    server = grpc.server(futures.ThreadPoolExecutor(8), options=[("grpc.max_receive_message_length", -1)])
    service.add_LossServiceServicer_to_server(Losses(), server)
    server.add_insecure_port(sys.argv[1])
    server.start()
    print("serving", ", ".join(LOSSES), "with PyTorch", torch.__version__, flush=True)
    sys.stdin.read()
    server.stop(None)
