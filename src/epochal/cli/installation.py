"""What epochal runs on here: versions, processor, engine, devices, folders."""

import os
import platform
import re
from importlib import import_module
from pathlib import Path

import jax
import keras

from epochal.cli.compilation_cache import JAX
from epochal.data.datasets.cache import cache_folder
from epochal.engine import native
from epochal.engine.device import cores
from epochal.runs.storage.record import versions

PROCESSOR = Path("/proc/cpuinfo")
NATIVE = "native engine"


def installation() -> dict[str, str]:
    """Each fact by its name, in the order in which a reader asks for them."""
    packages = versions()
    return {
        "epochal": packages.pop("epochal"),
        "Python": f"{packages.pop('python')} on {platform.platform()}",
        "packages": ", ".join(f"{name} {version}" for name, version in packages.items()),
        "processor": _processor(),
        "cores": f"{cores()} for this process, {os.cpu_count()} in the machine",
        NATIVE: _native(),
        "Keras": f"backend {keras.backend.backend()}",
        "devices": ", ".join(_device(device) for device in jax.devices()),
        "data": os.environ.get("EPOCHAL_DATA") or "EPOCHAL_DATA is not set",
        "cache": str(cache_folder()),
        "compiled programs": os.environ.get(JAX) or "not kept",
    }


def _processor() -> str:
    """As it names itself, where the system tells."""
    text = PROCESSOR.read_text(errors="replace") if PROCESSOR.exists() else ""
    found = re.search(r"^model name\s*: *(.+)$", text, re.MULTILINE)
    return found[1] if found else platform.processor() or platform.machine()


def _native() -> str:
    kernels = native.kernels_in_use()
    if kernels is not None:
        return f"available, with {kernels} kernels"
    return (
        f"MISSING ({_why_missing()}): networks are compiled and trained by XLA; install epochal "
        "again where a C++20 compiler is found"
    )


def _why_missing() -> str:
    try:
        import_module("epochal.engine.native._native")
    except ImportError as error:
        return str(error)
    return "it was not there when epochal was imported"


def _device(device: jax.Device) -> str:
    kind = "" if device.device_kind == device.platform else f" ({device.device_kind})"
    return f"{device.platform}{kind}"
