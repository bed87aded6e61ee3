"""Constant learning rates side by side: the same weights, batches and masks, k steps of each."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jax
import keras
import numpy as np
import pandas as pd
from keras.utils import unpack_x_y_sample_weight

from epochal.batches.dataset import checked_dataset
from epochal.batches.feed import Feed, make_feed
from epochal.bridge.checks import check_built, check_compiled_model
from epochal.bridge.state import python_logs, read_state, reseeded_state, reset_metrics
from epochal.bridge.steps import StepOptions
from epochal.checks import check_rate, check_whole
from epochal.engine import Block, State, StepRates
from epochal.engine.device import cores
from epochal.errors import InputError
from epochal.plots.rate_comparison import learning_rate_comparison
from epochal.summary import frame_table, html_summary
from epochal.training.engine_choice import Choice, choose
from epochal.tuning.range_test import steps_before_divergence
from epochal.tuning.restoring import restored_afterwards

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GUIDELINE_RATES = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
SETTLED = 0.1  # fraction of the steps whose mean is what a rate came to


@dataclass(frozen=True, kw_only=True, eq=False)
class RateComparison:
    """What came of each rate.

    Attributes
    ----------
    learning_rates : numpy.ndarray, shape (rates,)
        In rising order.
    losses : numpy.ndarray, shape (rates, steps)
        Training loss of every step, float32; NaN from where it was no longer finite.
    final_losses : numpy.ndarray, shape (rates,)
        Mean of the last tenth of the steps; NaN for a rate that diverged.
    diverged : numpy.ndarray of bool, shape (rates,)
        Whether the loss ceased to be finite or rose to four times its best.
    validation : dict of str to numpy.ndarray, shape (rates,)
        Loss and metrics on the validation data after the last step; empty without such data.
    engine, engine_reason : str
        What ran the steps, and why.
    """

    learning_rates: np.ndarray
    losses: np.ndarray
    final_losses: np.ndarray
    diverged: np.ndarray
    validation: dict[str, np.ndarray]
    engine: str
    engine_reason: str

    @property
    def best(self) -> float | None:
        """The rate of the lowest validation loss, or final loss without validation data.

        None where every rate diverged. The best of a few steps is not always that of a whole
        training, which also bears a falling rate.
        """
        judged = np.where(self.diverged, np.nan, self.validation.get("loss", self.final_losses))
        return None if np.isnan(judged).all() else float(self.learning_rates[np.nanargmin(judged)])

    def table(self) -> pd.DataFrame:
        """A row a rate: the loss of the first step, the final loss, the validation results."""
        return pd.DataFrame(
            {
                "learning_rate": self.learning_rates,
                "first_loss": self.losses[:, 0],
                "final_loss": self.final_losses,
                "diverged": self.diverged,
            }
            | {f"val_{name}": values for name, values in self.validation.items()}
        )

    def plot(self) -> "Figure":
        """Draw every rate's loss, and what each came to: `epochal.plots`."""
        return learning_rate_comparison(self)

    def _repr_html_(self) -> str:
        best = "every rate diverged" if self.best is None else f"best learning rate {self.best:.3g}"
        return html_summary(
            f"{best}, of {len(self.learning_rates)}",
            f"{self.losses.shape[1]} steps each on {self.engine}",
            table=frame_table(self.table()),
            picture=self.plot,
            alt="loss by step, for each learning rate",
        )


def compare_learning_rates(
    model: keras.Model,
    x: Any,
    y: Any = None,
    *,
    rates: Sequence[float] = GUIDELINE_RATES,
    steps: int = 200,
    batch_size: int = 32,
    validation_data: Any = None,
    sample_weight: Any = None,
    seed: int = 0,
    engine: str = "auto",
) -> RateComparison:
    """Train from the same weights with several constant learning rates, a few steps each.

    Every rate sees the same batches and the same dropout masks, so what differs is the rate alone.
    On a CPU as many run at once as there are cores. The model, its optimiser, its seeds and the
    data are afterwards byte for byte what they were; each rate has a fresh optimiser of the same
    configuration.

    Parameters
    ----------
    model : keras.Model
        Compiled and built.
    x, y, sample_weight
        Inputs, targets and weights as `epochal.fit` takes them, (rows, ...).
    rates : sequence of float
        The learning rates, each above 0; the default is those of Géron's exercise.
    steps : int
        Training steps of each rate, at least 1. The data is gone through again where it has fewer.
    batch_size : int
        Batch size.
    validation_data : tuple, optional
        (x, y) or (x, y, weights): what to evaluate each rate on after its last step.
    seed : int
        Decides the order of the batches and the dropout masks: equal calls, equal numbers.
    engine : "auto", "native" or "xla"
        As in `epochal.fit`.

    Returns
    -------
    RateComparison
        The losses of every step, `.table()`, `.plot()`, and the best rate.

    Raises
    ------
    InputError
        A model that is not compiled or not built, no rate, a rate that is not above 0, fewer than
        1 step, wrong data.

    References
    ----------
    A. Géron, "Hands-On Machine Learning", 2nd edition, chapter 11, exercise 8.

    Examples
    --------
    >>> import numpy as np, epochal
    >>> x = np.random.default_rng(0).standard_normal((256, 4)).astype("float32")
    >>> model = epochal.network("regression", 4, hidden=(16,), seed=0)
    >>> compared = epochal.compare_learning_rates(model, x, x.sum(axis=1), rates=(1e-5, 1e-2))
    >>> compared.best
    0.01
    """
    check_built(model, "compare_learning_rates")
    check_compiled_model(model, "compare_learning_rates")
    learning_rates = _checked(rates)
    check_whole("steps", steps, 1, "give for example 200")
    data = checked_dataset(model, x, y, sample_weight)
    with restored_afterwards(model, x, y, sample_weight, batch_size):
        feed = make_feed(data, batch_size=batch_size, shuffle=True, seed=seed)
        validation = _validation_feed(model, validation_data, batch_size)
        shapes = [each.shapes() for each in (feed, validation) if each is not None]
        # The rates are the caller's: a schedule within the optimiser plays no part.
        options = StepOptions(replaces_schedule=True)
        choice = choose(engine, model, "train", shapes, options)
        reset_metrics(model)
        begin = read_state(model)
        share = min(cores(), len(learning_rates)) if jax.default_backend() == "cpu" else 1
        members = [
            Member(rate, choice.engine.prepare(choice.description, (), share), state)
            for rate in learning_rates
            for state in [choice.engine.copy_state(begin)]
        ]
        with ThreadPoolExecutor(share) as pool:
            _train(model, choice, members, feed, steps=steps, seed=seed, pool=pool)
            results = pool.map(lambda each: _evaluated(choice, each, begin, validation), members)
            tested = list(results)
    return _comparison(members, steps, tested, choice)


@dataclass
class Member:
    """One rate under way."""

    rate: float
    program: Any
    state: State
    losses: list[np.ndarray] = field(default_factory=list)

    @property
    def finite(self) -> bool:
        """Whether its last losses are numbers: nothing comes after one that is not."""
        return not self.losses or bool(np.isfinite(self.losses[-1]).all())


def _train(
    model: keras.Model,
    choice: Choice,
    members: list[Member],
    feed: Feed,
    *,
    steps: int,
    seed: int,
    pool: ThreadPoolExecutor,
) -> None:
    """Every member over the same blocks, block by block: at constant memory."""
    left, epoch = steps, 0
    while left > 0:
        for member in members:
            member.state = reseeded_state(model, member.state, seed, epoch)
        before = left
        for block in feed.epoch(choice.engine.place):
            count = min(block.steps, left)
            list(pool.map(lambda each: _advance(choice, each, block, count), members))  # noqa: B023
            left -= count
            if left == 0:
                break
        if left == before:
            raise InputError(
                f"x must yield {steps} batches for as many steps, got {steps - left}: give more "
                "data, or fewer steps."
            )
        epoch += 1


def _advance(choice: Choice, member: Member, block: Block, steps: int) -> None:
    if not member.finite:
        return
    rates = StepRates(np.full(block.order.shape[0], member.rate, np.float32))
    member.state, record = choice.engine.run_steps(
        member.program, member.state, block, rates, 0, steps
    )
    member.losses.append(record.losses)


def _evaluated(
    choice: Choice, member: Member, begin: State, validation: Feed | None
) -> dict[str, float]:
    if validation is None:
        return {}
    state = member.state._replace(optimizer=[], metrics=list(begin.metrics))
    logs: Any = {}
    for block in validation.epoch(choice.engine.place):
        state, logs = choice.engine.evaluate(member.program, state, block, 0, block.steps)
    return python_logs(logs)


def _comparison(
    members: list[Member], steps: int, tested: list[dict[str, float]], choice: Choice
) -> RateComparison:
    losses = np.full((len(members), steps), np.nan, np.float32)
    for row, member in zip(losses, members, strict=True):
        seen = np.concatenate(member.losses)
        finite = len(seen) if member.finite else int(np.argmin(np.isfinite(seen)))
        row[:finite] = seen[:finite]
    diverged = np.array([steps_before_divergence(row) < steps for row in losses])
    final = losses[:, -max(1, round(SETTLED * steps)) :].mean(axis=1)
    return RateComparison(
        learning_rates=np.array([member.rate for member in members]),
        losses=losses,
        final_losses=np.where(diverged, np.nan, final),
        diverged=diverged,
        validation={name: np.array([each[name] for each in tested]) for name in tested[0]},
        engine=choice.engine.name,
        engine_reason=choice.reason,
    )


def _validation_feed(model: keras.Model, data: Any, batch_size: int) -> Feed | None:
    if data is None:
        return None
    given = unpack_x_y_sample_weight(data)
    held_out = checked_dataset(model, *given, of="validation_data")
    return make_feed(held_out, batch_size=batch_size)


def _checked(rates: Any) -> list[float]:
    if isinstance(rates, str) or not hasattr(rates, "__len__") or len(rates) == 0:
        raise InputError(
            f"rates must hold at least one learning rate, got {rates!r}: give for example "
            "(1e-4, 1e-3, 1e-2)."
        )
    return sorted({check_rate("each of rates", rate) for rate in rates})
