"""`epochal info`: what it names, and that a missing engine is seen."""

import json
import sys

import jax
import keras
import pytest

import epochal as package
from epochal.cli import installation
from epochal.engine import native


def test_info_names_versions_processor_engine_devices_and_folders(epochal, monkeypatch, tmp_path):
    monkeypatch.setenv("EPOCHAL_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("EPOCHAL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path / "programs"))
    code, shown, said = epochal("info")
    assert (code, said) == (0, "")
    facts = json.loads(epochal("info", "--json")[1])
    assert [line.split("  ")[0] for line in shown.splitlines()] == list(facts)
    assert all(fact in shown for fact in facts.values())
    assert facts["epochal"] == package.__version__
    assert f"keras {keras.__version__}" in facts["packages"]
    assert jax.devices()[0].platform in facts["devices"]
    assert facts["data"] == str(tmp_path / "data")
    assert facts["cache"] == str(tmp_path / "cache")
    assert facts["compiled programs"] == str(tmp_path / "programs")


@pytest.mark.native
def test_info_names_the_kernels(epochal):
    assert native.kernels_in_use() in {"avx512", "avx2", "baseline"}
    assert f"available, with {native.kernels_in_use()} kernels" in epochal("info")[1]


def test_info_says_that_the_engine_is_missing_and_why(epochal, monkeypatch):
    monkeypatch.setattr("epochal.engine.native.program.AVAILABLE", False)
    monkeypatch.setitem(sys.modules, "epochal.engine.native._native", None)
    _, shown, _ = epochal("info")
    (line,) = (line for line in shown.splitlines() if line.startswith(installation.NATIVE))
    assert "MISSING (import of epochal.engine.native._native halted" in line
    assert "install epochal again where a C++20 compiler is found" in line


def test_a_processor_that_does_not_tell_its_name(monkeypatch, tmp_path):
    monkeypatch.setattr(installation, "PROCESSOR", tmp_path / "none")
    assert installation.installation()["processor"]
    (tmp_path / "none").write_text("model name\t: One\nmodel name\t: Two\n")
    assert installation.installation()["processor"] == "One"
