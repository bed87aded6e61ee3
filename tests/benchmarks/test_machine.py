"""What a machine is called."""

import os

import pytest

from benchmarks.machine import Machine, this_machine, versions


def cpuinfo(vendor: str, family: int, model: int, name: str, flags: str) -> str:
    lines = [f"vendor_id\t: {vendor}", f"cpu family\t: {family}", f"model\t\t: {model}"]
    lines += [f"model name\t: {name}", f"flags\t\t: {flags}"]
    return "\n".join(lines) + "\n\nprocessor\t: 1\n"


@pytest.mark.parametrize(
    ("vendor", "family", "model", "flags", "microarchitecture", "instructions"),
    [
        ("GenuineIntel", 6, 207, "sse avx2 avx512f", "Emerald Rapids", "AVX-512"),
        ("GenuineIntel", 6, 143, "avx512f", "Sapphire Rapids", "AVX-512"),
        ("GenuineIntel", 6, 85, "avx512f avx512_vnni", "Cascade Lake", "AVX-512"),
        ("GenuineIntel", 6, 85, "avx512f", "Skylake-SP", "AVX-512"),
        ("GenuineIntel", 6, 79, "avx2", "Broadwell", "AVX2"),
        ("GenuineIntel", 6, 150, "sse", "", ""),
        ("GenuineIntel", 6, 167, "avx512f amx_tile", "Sapphire or Emerald Rapids", "AVX-512"),
        ("GenuineIntel", 6, 167, "avx512f amx_tile amx_fp16", "Granite Rapids", "AVX-512"),
        ("AuthenticAMD", 25, 1, "avx2", "Zen 3", "AVX2"),
        ("AuthenticAMD", 25, 17, "avx2 avx512f", "Zen 4", "AVX-512"),
        ("AuthenticAMD", 26, 2, "avx2 avx512f", "Zen 5", "AVX-512"),
        ("unheard of", 1, 1, "", "", ""),
    ],
)
def test_processors(
    vendor: str, family: int, model: int, flags: str, microarchitecture: str, instructions: str
) -> None:
    found = this_machine(cpuinfo(vendor, family, model, "Some Processor", flags))
    assert (found.microarchitecture, found.instructions) == (microarchitecture, instructions)


def test_arm() -> None:
    text = "processor\t: 0\nBogoMIPS\t: 243.75\nFeatures\t: fp asimd evtstrm\nCPU part\t: 0xd0c\n"
    found = this_machine(text)
    assert (found.microarchitecture, found.instructions) == ("Neoverse N1", "NEON")
    assert found.model == os.uname().machine


def test_names() -> None:
    text = cpuinfo("GenuineIntel", 6, 207, "Intel(R) Xeon(R) Processor @ 2.10GHz", "avx512f")
    found = this_machine(text)
    count = len(os.sched_getaffinity(0))
    cores = f"{count} cores" if count > 1 else "1 core"
    assert found.name == f"{cores} of Intel Xeon (Emerald Rapids, AVX-512)"
    assert found.slug == f"intel-xeon-emerald-rapids-{count}"


def test_a_gpu_comes_first() -> None:
    found = Machine(
        model="AMD EPYC", microarchitecture="", instructions="", cores=16, gpu="NVIDIA H200"
    )
    assert found.name == "NVIDIA H200, beside 16 cores of AMD EPYC"
    assert found.slug == "nvidia-h200-amd-epyc-16"


def test_versions() -> None:
    found = versions()
    assert found.startswith("Python 3.")
    assert "keras 3." in found
