"""The speed table, from invented times and from two real peers on a few rows."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import speed
from benchmarks.harness import Peer, Timing
from benchmarks.workloads import BY_NAME, EPOCHAL, EPOCHAL_XLA, JAX, TENSORFLOW, TITLES, TORCH


def timing(*epochs: float) -> Timing:
    return Timing(first=3.0, epochs=epochs, loss=0.5, facts={})


INVENTED = {
    "A-sgd-32": {
        EPOCHAL: timing(1.0, 9.0, 1.0),
        EPOCHAL_XLA: timing(2.2, 2.2, 2.2),
        JAX: timing(5.4, 5.4, 50.0),
        TENSORFLOW: timing(5.9, 5.9, 5.9),
        TORCH: timing(5.0, 5.0, 5.0),
    }
}


def test_ratios_are_those_of_medians() -> None:
    assert (
        "| A-sgd-32 | 1.00 s | 2.20 s (2.2x) | 5.40 s (5.4x) |  | 5.90 s (5.9x) | 5.00 s (5.0x) |"
        in (speed.speed_table(INVENTED))
    )


def test_each_target_is_marked() -> None:
    rows = speed.target_table(INVENTED, peak=100.0).splitlines()[2:]
    assert rows == [
        f"| A-sgd-32 | {TITLES[ours]} | {TITLES[peer]} | {asked} | {measured} | {most} "
        f"| {verdict} |"
        for ours, peer, asked, measured, most, verdict in (
            (EPOCHAL_XLA, JAX, "2.3x", "2.45x", "17.43x", "reached"),
            (EPOCHAL_XLA, TENSORFLOW, "6.0x", "2.68x", "19.04x", "**not reached**"),
            (EPOCHAL_XLA, TORCH, "2.3x", "2.27x", "16.14x", "**not reached**"),
            (EPOCHAL, EPOCHAL_XLA, "2.2x", "2.20x", "7.10x", "reached"),
            (EPOCHAL, JAX, "5.0x", "5.40x", "17.43x", "reached"),
            (EPOCHAL, TENSORFLOW, "15.0x", "5.90x", "19.04x", "**not reached**"),
            (EPOCHAL, TORCH, "5.0x", "5.00x", "16.14x", "reached"),
        )
    ]


def test_what_an_epoch_computes() -> None:
    small = 784 * 300 + 300 * 100 + 100 * 10
    assert BY_NAME["A-sgd-32"].operations == 27_500 * (6 * small - 2 * 784 * 300)


def test_the_fraction_of_the_peak() -> None:
    cells = speed.fraction_table(INVENTED, peak=100.0).splitlines()[2].split(" | ")
    assert cells[1:5] == ["31.0", "0.310 s", "31%", "14%"]


def write_rows(folder: Path, rows: int) -> None:
    generator = np.random.default_rng(0)
    np.save(folder / "fashion-mnist-x.npy", generator.random((rows, 784), dtype="float32"))
    np.save(folder / "fashion-mnist-y.npy", generator.integers(10, size=rows, dtype="int32"))


@pytest.mark.slow
def test_two_peers_take_turns(tmp_path: Path) -> None:
    write_rows(tmp_path, 200)
    workload = replace(BY_NAME["A-sgd-32"], peers=(EPOCHAL, JAX))
    timings = speed.measure(workload, tmp_path, rounds=2)
    assert list(timings) == [EPOCHAL, JAX]
    for timed in timings.values():
        assert len(timed.epochs) == 2
        assert timed.first > 0
        assert timed.median > 0
        assert timed.loss == pytest.approx(np.log(10), rel=0.2)


def test_a_peer_that_fails_says_why(tmp_path: Path) -> None:
    arguments = [EPOCHAL, "A-sgd-32", str(tmp_path), "1"]
    with (
        pytest.raises(RuntimeError, match=r"ended early:(.|\n)*fashion-mnist-x\.npy"),
        Peer("benchmarks.peer_keras", arguments, {"KERAS_BACKEND": "jax"}) as peer,
    ):
        peer.wait_until_ready()
