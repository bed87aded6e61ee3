"""Blocks of trials: the order of their fits, and what is compiled for them."""

from typing import Any

import pytest

from epochal.engine.xla import EXECUTABLES
from epochal.sweeps.arguments import replicates_of
from epochal.sweeps.block import Block, Job
from tests.sweeps.networks import X, Y, build


def block_of(settings: list[dict[str, Any]], **more: Any) -> tuple[Block, list[str]]:
    """A block of two fits a trial on one core, and what it tells."""
    told: list[str] = []
    job = Job(
        source=build,
        x=X,
        y=Y,
        replicates=replicates_of(None, Y, None, seeds=2, seed=0),
        fit={"epochs": 1, "seed": 0, **more},
        callbacks=(),
        objective="val_loss",
    )
    block = Block(
        job=job,
        settings=settings,
        on_trial=lambda place, fits: told.append(f"trial {place}: {len(fits)}"),
        on_fit=lambda: told.append("fit"),
        share=1,
    )
    return block, told


def test_a_trial_is_told_before_the_next_one_begins() -> None:
    block, told = block_of([{"learning_rate": 0.01}, {"learning_rate": 0.1}])
    assert block.train() == ""
    assert told == ["fit", "fit", "trial 0: 2", "fit", "fit", "trial 1: 2"]


def test_the_programs_of_a_shape_are_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EXECUTABLES, "kept", 2)  # those of one shape, for training and validation
    before = EXECUTABLES.traced
    block, _ = block_of([{"units": 3}, {"units": 5}], engine="xla")
    block.train()
    assert EXECUTABLES.traced - before == 4
