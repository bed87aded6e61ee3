"""What the benchmarks run on: processor, cores, memory, GPU, versions."""

import os
import platform
import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PROCESSOR = Path("/proc/cpuinfo")
PACKAGES = ("epochal", "keras", "jax", "numpy", "scikit-learn", "tensorflow-cpu", "torch")

# Vendor and family -> (last model of a range, microarchitecture); the ranges ascend. A cloud's
# machine names its processor no more exactly than "AMD EPYC".
MICROARCHITECTURES: dict[tuple[str, int], tuple[tuple[int, str], ...]] = {
    ("GenuineIntel", 6): (
        (59, ""),
        (63, "Haswell"),
        (70, "Haswell"),
        (79, "Broadwell"),
        (85, "Skylake-SP"),
        (86, "Broadwell"),
        (105, ""),
        (108, "Ice Lake-SP"),
        (142, ""),
        (143, "Sapphire Rapids"),
        (172, ""),
        (174, "Granite Rapids"),
        (206, ""),
        (207, "Emerald Rapids"),
    ),
    ("AuthenticAMD", 23): ((47, "Zen"), (255, "Zen 2")),
    ("AuthenticAMD", 25): (
        (15, "Zen 3"),
        (31, "Zen 4"),
        (95, "Zen 3"),
        (127, "Zen 4"),
        (159, ""),
        (175, "Zen 4"),
    ),
    ("AuthenticAMD", 26): ((255, "Zen 5"),),
}
ARM_PARTS = {"0xd0c": "Neoverse N1", "0xd40": "Neoverse V1", "0xd49": "Neoverse N2"} | {
    "0xd4f": "Neoverse V2"
}
# Of each pair the first that the processor has.
INSTRUCTIONS = (("avx512f", "AVX-512"), ("avx2", "AVX2"), ("asimd", "NEON"))


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A kind of machine: results of two machines of one kind replace each other."""

    model: str
    """As the processor names itself."""
    microarchitecture: str
    """By vendor, family and model; empty where unknown."""
    instructions: str
    """The widest vectors that it has."""
    cores: int
    gpu: str = ""

    @property
    def name(self) -> str:
        """In words, for a heading."""
        details = ", ".join(each for each in (self.microarchitecture, self.instructions) if each)
        processor = f"{self.model} ({details})" if details else self.model
        cores = f"{self.cores} core{'s' if self.cores > 1 else ''} of {processor}"
        return f"{self.gpu}, beside {cores}" if self.gpu else cores

    @property
    def slug(self) -> str:
        """For the name of a file."""
        parts = (self.gpu, self.model, self.microarchitecture, str(self.cores))
        return re.sub(r"[^a-z0-9]+", "-", " ".join(parts).lower()).strip("-")


def this_machine(cpuinfo: str | None = None, *, gpu: str = "") -> Machine:
    """The machine that this process runs on; `cpuinfo` in place of /proc/cpuinfo."""
    if cpuinfo is None:
        cpuinfo = PROCESSOR.read_text() if PROCESSOR.exists() else ""
    facts = dict(re.findall(r"^([^\t:]+?)\s*: *(.*)$", cpuinfo.split("\n\n")[0], re.MULTILINE))
    flags = (facts.get("flags") or facts.get("Features") or "").split()
    model = re.sub(r"\((R|TM)\)|\b\d+-Core\b|\bProcessor\b|@.*", "", facts.get("model name", ""))
    return Machine(
        model=" ".join(model.split()) or platform.machine(),
        microarchitecture=_microarchitecture(facts, flags),
        instructions=next((name for flag, name in INSTRUCTIONS if flag in flags), ""),
        cores=len(os.sched_getaffinity(0)),
        gpu=gpu,
    )


def memory() -> float:
    """GB."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def versions() -> str:
    """Of Python and of the packages that are installed, in one line."""
    found = ", ".join(f"{name} {known}" for name in PACKAGES if (known := _version(name)))
    return f"Python {platform.python_version()}; {found}"


def _microarchitecture(facts: dict[str, str], flags: list[str]) -> str:
    if (part := facts.get("CPU part")) is not None:
        return ARM_PARTS.get(part, "")
    known = (facts.get("vendor_id", ""), int(facts.get("cpu family", 0)))
    model = int(facts.get("model", 0))
    ranges = MICROARCHITECTURES.get(known, ())
    found = next((name for last, name in ranges if model <= last), "")
    if not found and "amx_tile" in flags:  # a hypervisor that makes up a model's number
        return "Granite Rapids" if "amx_fp16" in flags else "Sapphire or Emerald Rapids"
    # One model number for three; what each has added tells them apart.
    if found == "Skylake-SP" and "avx512_vnni" in flags:
        return "Cooper Lake" if "avx512_bf16" in flags else "Cascade Lake"
    return found


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
