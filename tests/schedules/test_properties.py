"""Properties of every schedule of a kind, whatever its arguments."""

import subprocess
import sys

import keras
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from epochal.schedules import OneCycle, PowerDecay, WarmUp
from tests.tolerances import FLOAT32_REDUCTION, WARM_UP_STEPS

RELATIVE = FLOAT32_REDUCTION["rtol"]
rates = st.floats(1e-4, 10.0)


# Always as many steps: each new shape of an array compiles its operations anew.
STEPS = np.arange(401)


@given(
    peak=rates,
    below=st.floats(0.01, 1.0),
    end=st.floats(1e-3, 1.0),
    total=st.integers(1, 400),
    anneal=st.sampled_from(["linear", "cosine"]),
)
def test_a_cycle_stays_between_its_rates_and_its_momenta(peak, below, end, total, anneal):
    start = peak * below
    cycle = OneCycle(peak, total, start, start * end, anneal=anneal, momentum=(0.95, 0.85))
    seen, momenta = np.asarray(cycle(STEPS)), np.asarray(cycle.momentum_at(STEPS))
    ends = [seen[0], seen[total], seen[-1]]
    np.testing.assert_allclose(ends, [start, start * end, start * end], rtol=RELATIVE)
    assert (seen <= peak * (1 + RELATIVE)).all()
    assert (seen >= start * end * (1 - RELATIVE)).all()
    assert (momenta <= 0.95 + RELATIVE).all()
    assert (momenta >= 0.85 - RELATIVE).all()


@given(
    peak=rates,
    below=st.floats(0.01, 0.9),
    total=st.integers(50, 400),
    anneal=st.sampled_from(["linear", "cosine"]),
)
def test_a_cycle_rises_once_and_the_momentum_goes_against_it(peak, below, total, anneal):
    cycle = OneCycle(peak, total, peak * below, anneal=anneal, momentum=(0.95, 0.85))
    seen, momenta = np.asarray(cycle(STEPS)), np.asarray(cycle.momentum_at(STEPS))
    top, low = int(seen.argmax()), int(momenta.argmin())
    assert abs(top - low) <= 1  # the corner may lie between two steps
    rounding = peak * RELATIVE
    assert (np.diff(seen[: top + 1]) >= -rounding).all()
    assert (np.diff(seen[top:]) <= rounding).all()
    assert (np.diff(momenta[: low + 1]) <= RELATIVE).all()
    assert (np.diff(momenta[low:]) >= -RELATIVE).all()


@given(initial=rates, scale=st.integers(1, 1000), power=st.floats(0.1, 3.0))
def test_a_power_decay_only_falls_and_stays_above_zero(initial, scale, power):
    seen = np.asarray(PowerDecay(initial, scale, power)(STEPS))
    np.testing.assert_allclose(seen[0], initial, rtol=RELATIVE)
    assert (np.diff(seen) <= 0).all()
    assert (seen > 0).all()


@given(initial=rates, scale=st.integers(1, 1000), warmup=st.integers(1, 100))
def test_a_warm_up_rises_in_equal_steps_and_then_follows_the_schedule(initial, scale, warmup):
    decay = PowerDecay(initial, scale)
    seen = np.asarray(WarmUp(decay, warmup)(STEPS))
    climb = np.diff(np.concatenate([[0.0], seen[: warmup + 1]]))
    np.testing.assert_allclose(climb, initial / (warmup + 1), **WARM_UP_STEPS)
    after = np.asarray(decay(STEPS))[: len(STEPS) - warmup]
    np.testing.assert_allclose(seen[warmup:], after, rtol=RELATIVE)


def test_another_process_loads_a_saved_schedule(tmp_path):
    """Nothing but the import of the family makes epochal's schedules known to Keras."""
    schedule = WarmUp(OneCycle(0.1, anneal="cosine", momentum=(0.95, 0.85)), 5)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(schedule, momentum=0.9), "mse")
    model.save(tmp_path / "model.keras")
    probe = """
import sys, epochal.schedules, keras
model = keras.saving.load_model(sys.argv[1], safe_mode=True)
kept = model.optimizer._learning_rate
print(type(kept).__name__, type(kept.schedule).__name__, kept.schedule.momentum, kept.takes_length)
"""
    told = subprocess.run(
        [sys.executable, "-c", probe, str(tmp_path / "model.keras")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split("\n")[0] == "WarmUp OneCycle (0.95, 0.85) True"
