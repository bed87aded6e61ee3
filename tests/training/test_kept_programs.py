"""The memory of the engine `xla` does not grow with each new shape."""

from pathlib import Path

import keras
import numpy as np
import pytest

import epochal
from epochal.engine.xla.executables import EXECUTABLES, KEPT_EXECUTABLES, Executables
from epochal.errors import InputError
from epochal.training.kept_programs import VARIABLE

MEGABYTE = 2**20


def use(features: int) -> epochal.Run:
    layers = [keras.Input((features,)), keras.layers.Dense(1)]
    model = keras.Sequential(layers)
    model.compile("sgd", "mse")
    x = np.ones((64, features), np.float32)
    return epochal.fit(model, x, x[:, :1], shuffle=False, verbose=0, engine="xla")


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def test_the_least_recently_used_is_dropped_and_jax_forgets_it(monkeypatch):
    cleared = []
    monkeypatch.setattr("jax.clear_caches", lambda: cleared.append(1))
    kept = Executables(kept=3)
    for number in range(9):
        kept.put(number, number)
        assert kept.get(0) == 0
    assert list(kept.by_key) == [7, 8, 0]
    assert len(cleared) == 2  # of nine, six were dropped


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc here")
def test_memory_does_not_grow_with_the_shapes(engine, monkeypatch):
    if engine != "xla":
        pytest.skip("it compiles nothing")
    monkeypatch.setenv(VARIABLE, "4")
    for features in range(100, 105):
        use(features)
    before = resident()
    for features in range(200, 212):  # 4 MB each where nothing is forgotten
        use(features)
    assert resident() - before < 25 * MEGABYTE
    assert len(EXECUTABLES.by_key) == 4


def test_how_many_are_kept_can_be_set(engine, monkeypatch):
    use(3)
    assert EXECUTABLES.kept == KEPT_EXECUTABLES
    monkeypatch.setenv(VARIABLE, "7")
    use(3)
    assert EXECUTABLES.kept == 7
    monkeypatch.delenv(VARIABLE)
    use(3)
    assert EXECUTABLES.kept == KEPT_EXECUTABLES


@pytest.mark.parametrize("given", ["0", "-1", "many", "1.5", ""])
def test_a_number_that_is_none_is_refused(engine, monkeypatch, given):
    monkeypatch.setenv(VARIABLE, given)
    with pytest.raises(InputError) as error:
        use(3)
    assert str(error.value) == (
        f"EPOCHAL_KEPT_PROGRAMS must be a whole number of at least 1, got {given!r}: leave it out "
        "for 48."
    )
