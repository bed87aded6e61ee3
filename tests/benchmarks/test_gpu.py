"""The GPU's benchmark, as far as it goes without one."""

import jax
import pytest

from benchmarks import gpu
from benchmarks.gpu import WORKLOADS, difference, main, section, speeds
from benchmarks.kinds import data


@pytest.mark.skipif(jax.default_backend() == "gpu", reason="JAX sees a GPU")
def test_without_a_gpu_it_says_what_to_do() -> None:
    with pytest.raises(SystemExit, match="JAX runs on the cpu: install JAX for it"):
        main([])


def test_both_train_and_are_timed() -> None:
    small = gpu.Workload(title="", kind="tiny-table", data=lambda: data.regression(64, 20))
    found = speeds(small, epochs=2)
    assert set(found) == {"epochal", "keras"}
    assert min(found.values()) > 0


def test_losses_are_compared_on_the_same_batches() -> None:
    assert difference("tiny-table", rows=96) < 1e-4


def test_the_tables() -> None:
    found = [(WORKLOADS[0], {"epochal": 0.5, "keras": 1.5})]
    body = section(found, {"cnn": 2e-6, "lstm": 2e-3})
    assert "| 784-300-100-10, SGD, 55,000 rows | 32 | 0.500 s | 1.500 s | 3.0x |" in body
    assert "| cnn | 2.0e-06 | reached |" in body
    assert "| lstm | 2.0e-03 | **not reached** |" in body
