"""Student steps of resnet8x4 in PyTorch, one for each line read.

Answers each line with the step's wall and processor time in milliseconds. The first line it writes says what runs.
"""

import argparse
import sys
import time

import torch
import torch.nn.functional as F

from resnet import ResNetX4


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--channels-last", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    memory_format = torch.channels_last if options.channels_last else torch.contiguous_format
    model = ResNetX4(8, 100).to(memory_format=memory_format)
    images = torch.randn(64, 3, 32, 32).to(memory_format=memory_format)
    labels = torch.arange(64)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    print(f"PyTorch {torch.__version__}, {parameters} parameters", flush=True)
    for _ in sys.stdin:
        wall, processor = time.perf_counter(), time.process_time()
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()
        print((time.perf_counter() - wall) * 1e3, (time.process_time() - processor) * 1e3, flush=True)


main()
