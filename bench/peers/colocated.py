"""Distillation with teacher and student in one process, as RepDistiller does it: KD, resnet32x4 -> resnet8x4.

Each line read is a number of steps to take; answered with their wall time in milliseconds. The first line it writes
says what runs. The hyper-parameters are those published for KD: batch 64, temperature 4, 0.1 of cross entropy, 0.9 of
KD, SGD with learning rate 0.05, momentum 0.9, weight decay 5e-4. Images are made once: nothing is spent on their
preparation.
"""

import argparse
import sys
import time

import torch
import torch.nn.functional as F

from resnet import ResNetX4

BATCH, CLASSES, TEMPERATURE = 64, 100, 4.0
CLASS_WEIGHT, DISTILL_WEIGHT = 0.1, 0.9


def kd(student, teacher):
    log_student = F.log_softmax(student / TEMPERATURE, dim=1)
    soft_teacher = F.softmax(teacher / TEMPERATURE, dim=1)
    return F.kl_div(log_student, soft_teacher, reduction="batchmean") * TEMPERATURE**2


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    student, teacher = ResNetX4(8, CLASSES).train(), ResNetX4(32, CLASSES).eval()
    optimizer = torch.optim.SGD(student.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
    images = torch.randn(BATCH, 3, 32, 32)
    labels = torch.arange(BATCH)

    def step():
        logits = student(images)
        with torch.no_grad():
            soft = teacher(images)
        loss = CLASS_WEIGHT * F.cross_entropy(logits, labels) + DISTILL_WEIGHT * kd(logits, soft)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    print(f"PyTorch {torch.__version__}", flush=True)
    for line in sys.stdin:
        started = time.perf_counter()
        for _ in range(int(line)):
            step()
        print((time.perf_counter() - started) * 1e3, flush=True)


main()
