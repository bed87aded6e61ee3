"""The eager torch loop: `python -m benchmarks.peer_torch PEER WORKLOAD FOLDER EPOCHS`.

As lean as an eager loop gets: the data stands in tensors, batches are gathered by a permuted
index without a DataLoader, and nothing is read back within an epoch. As the Keras peers do, it
keeps the loss and the accuracy.
"""

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import nn

from benchmarks.gate import Gate
from benchmarks.workloads import BY_NAME, Workload


def build(workload: Workload) -> nn.Module:
    network = workload.network
    if network.activation != "relu" or network.normalized:
        raise NotImplementedError(f"the torch peer does not build {network}")
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise((workload.columns, *network.hidden, 10)):
        dense = nn.Linear(inputs, outputs)
        nn.init.xavier_uniform_(dense.weight)
        nn.init.zeros_(dense.bias)
        layers += [nn.Dropout(network.dropout)] if network.dropout else []
        layers += [dense, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def optimizer_of(workload: Workload, model: nn.Module) -> torch.optim.Optimizer:
    if workload.optimizer == "adam":
        return torch.optim.Adam(model.parameters(), lr=workload.learning_rate, eps=1e-7)
    return torch.optim.SGD(model.parameters(), lr=workload.learning_rate)


def main(peer: str, name: str, folder: str, epochs: str) -> None:
    gate = Gate()
    workload = BY_NAME[name]
    x = torch.from_numpy(np.load(Path(folder) / f"{workload.data}-x.npy")[: workload.rows])
    y = torch.from_numpy(np.load(Path(folder) / f"{workload.data}-y.npy")[: workload.rows]).long()
    torch.manual_seed(0)
    gate.ready()
    model = build(workload)
    optimizer = optimizer_of(workload, model)
    cross_entropy = nn.CrossEntropyLoss()
    for epoch in range(int(epochs)):
        total, correct = torch.zeros(()), torch.zeros((), dtype=torch.long)
        for rows in torch.randperm(len(x)).split(workload.batch_size):
            targets = y[rows]
            logits = model(x[rows])
            loss = cross_entropy(logits, targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(rows)
            correct += (logits.detach().argmax(1) == targets).sum()
        accuracy = correct.item() / len(x)
        gate.finished(total.item() / len(x), last=epoch == int(epochs) - 1, accuracy=accuracy)


if __name__ == "__main__":
    main(*sys.argv[1:])
