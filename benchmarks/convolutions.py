"""The native engine's convolutions beside torch's. `python -m benchmarks.convolutions [--write]`

Needs a C++20 compiler, and torch for its columns; says so and ends where there is no compiler.
`--kernels NAME` measures those of another instruction set.
"""

import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.document import publish
from benchmarks.kernels import COMMON, SOURCES, TABLES
from benchmarks.markdown import table

torch: Any = import_module("torch") if find_spec("torch") else None

PROGRAM = Path(__file__).with_name("convolutions.cpp")
PARTS = ["weights", "layers/convolution_product", "layers/convolution_routes"]
BATCH = 32
SECONDS = 0.15  # for each measurement


class Shape(NamedTuple):
    """A convolution: channels, filters, the image, the square window."""

    channels: int
    filters: int
    height: int
    width: int
    kernel: int = 3
    stride: int = 1
    same: bool = True
    dilation: int = 1
    groups: int = 1

    def __str__(self) -> str:
        parts = [f"{self.channels} to {self.filters}, {self.height}x{self.width}"]
        parts.append(f"{self.kernel}x{self.kernel}")
        parts += [f"stride {self.stride}"] if self.stride > 1 else []
        parts += [f"dilation {self.dilation}"] if self.dilation > 1 else []
        parts += ["depthwise" if self.groups == self.channels else f"{self.groups} groups"] * (
            self.groups > 1
        )
        return ", ".join(parts + ([] if self.same else ["valid"]))


SHAPES = [
    Shape(32, 64, 14, 14),
    Shape(32, 64, 28, 28),
    Shape(1, 32, 28, 28),
    Shape(3, 32, 32, 32),
    Shape(6, 16, 14, 14, kernel=5),
    Shape(64, 64, 8, 8),
    Shape(16, 16, 32, 32),
    Shape(32, 32, 16, 16),
    Shape(32, 64, 16, 16, stride=2),
    Shape(64, 128, 15, 15, stride=2),
    Shape(32, 64, 16, 16, same=False),
    Shape(48, 48, 13, 13, same=False),
    Shape(40, 72, 11, 11),
    Shape(32, 64, 16, 16, dilation=2),
    Shape(64, 64, 16, 16, kernel=1),
    Shape(64, 64, 16, 16, groups=2),
    Shape(64, 64, 16, 16, groups=64),
]


def ours(folder: Path, compiler: str, kernels: str) -> list[list[str]]:
    """The words of each line that the program prints."""
    known = TABLES if platform.machine() in ("x86_64", "AMD64") else {"baseline": []}
    common = [compiler, *COMMON, "-w", f"-I{SOURCES}"]
    parts = {f"kernels/kernels_{name}": flags for name, flags in (known | {"double": []}).items()}
    parts |= {name: [] for name in ["kernels/dispatch", *PARTS]}
    objects = []
    for name, flags in parts.items():
        target = str(folder / f"{Path(name).name}.o")
        subprocess.run([*common, *flags, "-c", f"{SOURCES / name}.cpp", "-o", target], check=True)
        objects.append(target)
    program = str(folder / "convolutions")
    subprocess.run([*common, str(PROGRAM), *objects, "-o", program, "-lpthread"], check=True)
    numbers = [str(int(number)) for shape in SHAPES for number in shape]
    command = [program, kernels, *numbers]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [line.split() for line in printed.splitlines()]


def theirs(shape: Shape, threads: int) -> list[float]:
    """GFLOPS of torch, channels last: forward with bias and ReLU, and the two gradients."""
    torch.set_num_threads(threads)
    reach = (shape.kernel - 1) * shape.dilation
    padding = reach // 2 if shape.same else 0
    make = {"memory_format": torch.channels_last}
    x = torch.rand(BATCH, shape.channels, shape.height, shape.width).to(**make)
    rows = shape.channels // shape.groups
    w = torch.rand(shape.filters, rows, shape.kernel, shape.kernel).to(**make)
    bias = torch.rand(shape.filters)
    stride, dilation = [shape.stride] * 2, [shape.dilation] * 2
    given = (stride, padding, dilation, shape.groups)
    y = torch.conv2d(x, w, bias, *given)
    dy = torch.rand_like(y)
    operations = 2 * y.numel() * rows * shape.kernel**2

    def backward(*wanted: bool) -> Callable[[], Any]:
        return lambda: torch.ops.aten.convolution_backward(
            dy, x, w, None, stride, [padding] * 2, dilation, False, [0, 0], shape.groups, wanted
        )

    runs = [
        lambda: torch.relu_(torch.conv2d(x, w, bias, *given)),
        backward(True, False, False),
        backward(False, True, False),
    ]
    with torch.no_grad():
        return [operations / _best(run) / 1e9 for run in runs]


def _best(run: Callable[[], Any]) -> float:
    best, spent = float("inf"), 0.0
    while spent < SECONDS:
        began = time.perf_counter()
        run()
        took = time.perf_counter() - began
        best, spent = min(best, took), spent + took
    return best


def section(lines: list[list[str]], peers: dict[tuple[Shape, int], list[float]]) -> str:
    (kind, peak), *measured = lines
    rows = []
    for number, shape in enumerate(SHAPES):
        one, two = (
            [float(word) for word in line[-3:]] for line in measured[2 * number : 2 * number + 2]
        )
        cells = [f"{a:.0f} / {b:.0f}" for a, b in zip(one, two, strict=True)]
        if (shape, 1) in peers:
            pairs = zip(peers[shape, 1], peers[shape, 2], strict=True)
            cells = [
                f"{cell} ({a:.0f} / {b:.0f})" for cell, (a, b) in zip(cells, pairs, strict=True)
            ]
        rows.append([str(shape), *cells])
    header = ["convolution", "forward, bias, ReLU", "gradient of inputs", "gradient of weights"]
    beside = ", torch's (channels last) in brackets" if peers else ""
    return "\n\n".join(
        [
            f"GFLOPS of convolutions at batches of {BATCH}, with one thread / two{beside}. "
            f"Kernels `{kind}`; the same code on matrices of the first cache reaches "
            f"{float(peak):.0f} on one core. Best of many runs. Padding counts as if it were "
            "pixels.",
            table(header, rows),
        ]
    )


def main(arguments: Sequence[str]) -> None:
    compiler = shutil.which("c++")
    if compiler is None:
        sys.stdout.write("benchmarks.convolutions is left out: there is no C++ compiler\n")
        return
    kernels = arguments[arguments.index("--kernels") + 1] if "--kernels" in arguments else ""
    with tempfile.TemporaryDirectory() as folder:
        lines = ours(Path(folder), compiler, kernels)
    peers = {(shape, n): theirs(shape, n) for shape in SHAPES for n in (1, 2)} if torch else {}
    title = f"Convolutions, {kernels}" if kernels else "Convolutions"
    publish(title, section(lines, peers), module="benchmarks.convolutions", arguments=arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
