"""torch's eager loop on kinds of networks: `python -m benchmarks.peer_kind_torch PEER`.

As benchmarks.peer_kind, of the part "fit" alone. The peer "torch-tuned" keeps images with their
channels last and takes torch's fused optimisers; "torch" takes what torch gives by itself.
"""

import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import nn

from benchmarks.gate import Gate
from benchmarks.kinds.kind import Kind
from benchmarks.kinds.registry import BY_NAME
from benchmarks.workloads import TORCH_TUNED

Module: TypeAlias = nn.Module
Optimizer: TypeAlias = torch.optim.Optimizer


def dense(*widths: int, normalized: bool = False) -> Module:
    layers: list[Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
        layers += [nn.BatchNorm1d(outputs)] if normalized else []
    return nn.Sequential(*layers[: -2 if normalized else -1])


def conv(inputs: int, outputs: int, size: int = 3, **options: Any) -> Module:
    return nn.Conv2d(inputs, outputs, size, **{"padding": size // 2, **options})


def cnn(*, normalized: bool) -> Module:
    layers: list[Module] = []
    for inputs, outputs in pairwise((1, 32, 64)):
        layers.append(conv(inputs, outputs, bias=not normalized))
        layers += [nn.BatchNorm2d(outputs)] if normalized else []
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
    layers += [nn.Flatten(), nn.Linear(7 * 7 * 64, 100), nn.ReLU()]
    layers += [nn.Dropout(0.25)] if normalized else []
    return nn.Sequential(*layers, nn.Linear(100, 10))


def lenet() -> Module:
    first, second = conv(1, 6, 5), conv(6, 16, 5, padding=0)
    layers: list[Module] = []
    for each in (first, second):
        layers += [each, nn.Tanh(), nn.AvgPool2d(2)]
    layers.append(nn.Flatten())
    for inputs, outputs in pairwise((400, 120, 84)):
        layers += [nn.Linear(inputs, outputs), nn.Tanh()]
    return nn.Sequential(*layers, nn.Linear(84, 10))


class Block(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        strides = outputs // inputs
        self.branch = nn.Sequential(
            conv(inputs, outputs, stride=strides, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            conv(outputs, outputs, bias=False),
            nn.BatchNorm2d(outputs),
        )
        narrow = conv(inputs, outputs, 1, stride=strides, padding=0)
        self.shortcut = narrow if strides > 1 else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.shortcut(x) + self.branch(x))


def resnet() -> Module:
    first = [conv(3, 16, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    blocks = [Block(16, 16), Block(16, 32), Block(32, 64)]
    pool = [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*first, *blocks, *pool, nn.Linear(64, 10))


class Recurrent(nn.Module):
    """A recurrence, and ten classes from its last state."""

    def __init__(self, layer: Module) -> None:
        super().__init__()
        self.layer, self.top = layer, nn.Linear(64, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.top(self.layer(x)[0][:, -1])


class Attention(nn.Module):
    """A block of a transformer, normalised after each part, and the mean of its steps."""

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Linear(16, 64)
        self.block = nn.TransformerEncoderLayer(
            64, 4, 128, dropout=0.0, activation="gelu", batch_first=True
        )
        self.top = nn.Linear(64, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.top(self.block(self.enter(x)).mean(1))


def adam(parameters: Any, *, fused: bool | None) -> Optimizer:
    return torch.optim.Adam(parameters, lr=0.001, eps=1e-7, fused=fused)


def sgd(parameters: Any, *, fused: bool | None) -> Optimizer:
    return torch.optim.SGD(parameters, lr=0.01, fused=fused)


NETWORKS: dict[str, tuple[Callable[[], Module], Callable[..., Optimizer]]] = {
    "dense-sgd": (lambda: dense(784, 300, 100, 10), sgd),
    "dense-adam": (lambda: dense(784, 300, 100, 10), adam),
    "dense-bn": (lambda: dense(784, 300, 100, 10, normalized=True), adam),
    "tiny-table": (lambda: dense(20, 50, 50, 1), adam),
    "cnn": (lambda: cnn(normalized=False), adam),
    "cnn-bn": (lambda: cnn(normalized=True), adam),
    "lenet": (lenet, sgd),
    "resnet": (resnet, adam),
    "lstm": (lambda: Recurrent(nn.LSTM(16, 64, batch_first=True)), adam),
    "gru": (lambda: Recurrent(nn.GRU(16, 64, batch_first=True)), adam),
    "attention": (Attention, adam),
}


def train(kind: Kind, gate: Gate, epochs: int, *, tuned: bool) -> None:
    """Batches are gathered by a permuted index, and nothing is read back within an epoch."""
    torch.manual_seed(0)
    arrays = kind.data()
    x = torch.from_numpy(arrays["x"])
    if x.ndim == 4:
        x = x.permute(0, 3, 1, 2).contiguous(
            memory_format=torch.channels_last if tuned else torch.contiguous_format
        )
    labels = arrays["y"].dtype == np.int32
    y = torch.from_numpy(arrays["y"]).long() if labels else torch.from_numpy(arrays["y"])
    build, optimizer_of = NETWORKS[kind.name]
    gate.ready()
    model = build()
    if tuned:
        model = model.to(memory_format=torch.channels_last)
    optimizer = optimizer_of(model.parameters(), fused=tuned or None)
    criterion = nn.CrossEntropyLoss() if labels else nn.MSELoss()
    for epoch in range(epochs):
        total, measured = torch.zeros(()), torch.zeros(())
        for rows in torch.randperm(len(x)).split(kind.batch_size):
            targets = y[rows]
            outputs = model(x[rows])
            loss = criterion(outputs, targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(rows)
            with torch.no_grad():
                # The metric that the Keras peers keep: accuracy, or the mean absolute error.
                right = outputs.argmax(1) == targets if labels else (outputs - targets).abs()
                measured += right.sum()
        gate.finished(total.item() / len(x), last=epoch == epochs - 1, metric=measured.item())


def main(peer: str) -> None:
    gate = Gate()
    for name, _, epochs in gate.tasks():
        train(BY_NAME[name], gate, int(epochs), tuned=peer == TORCH_TUNED)


if __name__ == "__main__":
    main(*sys.argv[1:])
