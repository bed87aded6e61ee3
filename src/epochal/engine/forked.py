"""What still works in a process that was forked after JAX had started: all but JAX's computing."""

from collections.abc import Callable
from typing import Any

import jax

from epochal.compat._jax import is_forked
from epochal.engine.interpreter import run_with_numpy
from epochal.errors import InputError


def check_can_compute(what: str) -> None:
    """Refuse `what`, which needs JAX, where JAX would wait for threads that a fork has not copied.

    Raises
    ------
    InputError
        In a process that was forked after JAX had started.
    """
    if is_forked():
        raise InputError(
            f"{what} must run where JAX can compute, got a process that was forked after JAX had "
            "started: start workers with multiprocessing.get_context('spawn') or joblib instead."
        )


def check_ready(arrays: Any) -> None:
    """Refuse arrays that JAX was asked for in a forked process, where they never come to be.

    Raises
    ------
    InputError
        Where an array is not there.
    """
    if is_forked() and not all(
        leaf.is_ready() for leaf in jax.tree.leaves(arrays) if isinstance(leaf, jax.Array)
    ):
        check_can_compute("a new model")


def fork_safe(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` of arrays, computed by NumPy where JAX cannot."""
    return run_with_numpy(function) if is_forked() else function
