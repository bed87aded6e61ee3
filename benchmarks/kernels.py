"""The native engine's products beside libxsmm's. `python -m benchmarks.kernels [--write]`

Needs libxsmm (Debian: libxsmm-dev) and a C++20 compiler; says so and ends where they are missing.
"""

import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.document import publish
from benchmarks.markdown import table

SOURCES = Path(__file__).parents[1] / "src" / "epochal" / "engine" / "native" / "cpp"
PROGRAM = Path(__file__).with_name("kernels.cpp")
HEADER = Path("/usr/include/libxsmm.h")
# As CMakeLists.txt compiles them.
COMMON = ["-std=c++20", "-O3", "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math"]
AVX512 = ["f", "vl", "dq", "bw"]
TABLES = {
    "baseline": [],
    "avx2": ["-mavx2", "-mfma"],
    "avx512": [
        *(f"-mavx512{each}" for each in AVX512),
        *("-mavx2", "-mfma", "-mprefer-vector-width=512"),
    ],
}
LEAST_SHARE = 0.85  # of libxsmm's speed, for the shapes of small networks at batches of 32
PARTS = ("weights", "gradient", "update")


def measured(folder: Path, compiler: str) -> list[list[str]]:
    """The words of each line that the program prints."""
    known = TABLES if platform.machine() in ("x86_64", "AMD64") else {"baseline": []}
    common = [compiler, *COMMON, "-w", f"-I{SOURCES}"]
    objects = []
    for name, flags in known.items():
        source, target = SOURCES / "kernels" / f"kernels_{name}.cpp", folder / f"{name}.o"
        subprocess.run([*common, *flags, "-c", str(source), "-o", str(target)], check=True)
        objects.append(str(target))
    program = str(folder / "kernels")
    libraries = ["-lxsmm", "-lxsmmnoblas", "-lpthread", "-ldl", "-lm"]
    subprocess.run([*common, str(PROGRAM), *objects, "-o", program, *libraries], check=True)
    printed = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    return [line.split() for line in printed.splitlines()]


def section(lines: list[list[str]]) -> str:
    (kind, peak), *shapes = lines
    rows, shares = [], []
    for batch, inputs, outputs, *speeds in shapes:
        cells = []
        for ours, theirs in zip(speeds[::2], speeds[1::2], strict=True):
            cells += [f"{float(ours):.0f}", f"{float(theirs):.0f}" if float(theirs) else "none"]
            if batch == "32" and float(theirs):
                shares.append(float(ours) / float(theirs))
        rows.append([f"{inputs} x {outputs}, batch {batch}", *cells])
    verdict = "reached" if min(shares) >= LEAST_SHARE else "**not reached**"
    header = ["layer", *(f"{part}{of}" for part in PARTS for of in ("", ", libxsmm"))]
    return "\n\n".join(
        [
            f"GFLOPS on one core of the products of a dense layer: with its weights, the gradient "
            f"of its inputs, the update of its weights (added in place). Kernels `{kind}`; the "
            f"same code on matrices of the first cache reaches {float(peak):.0f}. Best of many "
            "runs. What is computed beyond a layer's own columns, 16 at a time, does not count.",
            table(header, rows),
            f"At batches of 32, at least {LEAST_SHARE:.0%} of libxsmm's speed is asked; the least "
            f"is {min(shares):.0%}, the median {sorted(shares)[len(shares) // 2]:.0%}: {verdict}.",
        ]
    )


def main(arguments: Sequence[str]) -> None:
    compiler = shutil.which("c++")
    if compiler is None or not HEADER.exists():
        missing = HEADER if compiler else "a C++ compiler"
        sys.stdout.write(f"benchmarks.kernels is left out: there is no {missing}\n")
        return
    with tempfile.TemporaryDirectory() as folder:
        body = section(measured(Path(folder), compiler))
    publish("Kernels", body, module="benchmarks.kernels", arguments=arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
