"""What is drawn for each row: the output of a network, of each member, or samples of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

import jax
import keras
import numpy as np
from numpy.typing import NDArray

from epochal.batches.dataset import Dataset
from epochal.batches.feed import ArrayFeed, make_feed
from epochal.bridge.build import build_for_prediction
from epochal.bridge.combining import members_of
from epochal.distributions import Family
from epochal.layers import DistributionHead
from epochal.training import Ensemble
from epochal.training.predict import predict
from epochal.uncertainty.output_kind import linked, task_of
from epochal.uncertainty.prediction import Prediction
from epochal.uncertainty.samplers import (
    VALUES_A_BLOCK,
    sampler_of,
    several_outputs,
    values_a_row,
)
from epochal.uncertainty.summary import (
    Summary,
    concatenate_summaries,
    summary_of,
    summary_of_distributions,
)


@dataclass(frozen=True, kw_only=True)
class Networks:
    """One network, or the members of an average, and what they predict.

    Attributes
    ----------
    model : keras.Model
        Gives what each gives, side by side along the last axis.
    weights : tuple of float
        How much each counts; they add up to 1.
    task, link : str
        As `task_of` has them.
    family : Family or None
        Of which distributions the outputs are the parameters.
    """

    model: keras.Model
    weights: tuple[float, ...]
    task: str
    link: str
    family: Family | None = None

    @classmethod
    def of(cls, model: keras.Model | Ensemble, task: str | None = None) -> "Networks":
        """Those of a model; `task` where what it predicts is told.

        Raises
        ------
        InputError
            An unknown task, or several outputs.
        """
        first = model
        if isinstance(model, Ensemble):
            # Probabilities are averaged, also where the ensemble averages logits: of their mean
            # alone is the total uncertainty the sum of the others.
            first, model = model.models[0], replace(model, average="mean").model
        members = members_of(model)
        outputs = getattr(members.model, "outputs", None) or [None]
        if len(outputs) > 1:
            raise several_outputs(len(outputs))
        kind, link = task_of(first, members.last, task)
        last = members.last
        return cls(
            model=members.model,
            weights=members.weights,
            task=kind,
            link=link,
            family=last.distribution if isinstance(last, DistributionHead) else None,
        )

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.weights)

    def apart(self, outputs: NDArray) -> NDArray:
        """Outputs side by side (samples, rows, ..., members * n), as (draws, rows, ..., n)."""
        if self.count == 1:
            return outputs
        draws = np.moveaxis(outputs.reshape(*outputs.shape[:-1], self.count, -1), -2, 1)
        return draws.reshape(-1, *draws.shape[2:])


@dataclass(frozen=True, kw_only=True)
class Draws:
    """Draws of all rows, a block of rows at a time.

    Attributes
    ----------
    blocks : iterable of numpy.ndarray
        (draws, rows, ..., n) each: the networks' outputs, of each sample in turn.
    weights : tuple of float
        How much each network counts; they add up to 1.
    task, link : str
        As `task_of` has them.
    family : Family or None
        Of which distributions the outputs are the parameters.
    samples : int
        How many draws there are of each network.
    seed : int
    engine, engine_reason : str
    """

    blocks: Iterable[NDArray]
    weights: tuple[float, ...]
    task: str
    link: str = "none"
    family: Family | None = None
    samples: int = 1
    seed: int = 0
    engine: str = ""
    engine_reason: str = ""

    def prediction(self, levels: tuple[float, ...], names: tuple[Any, ...] = ()) -> Prediction:
        """What they say of each row; the blocks are used up."""
        weights = tuple(weight / self.samples for weight in self.weights) * self.samples
        parts = [self._summary(block, levels, weights) for block in self.blocks]
        return Prediction(
            **concatenate_summaries(parts)._asdict(),
            levels=levels if len(weights) > 1 or self.family is not None else (),
            task=self.task,
            names=names,
            members=len(self.weights),
            samples=self.samples,
            seed=self.seed,
            engine=self.engine,
            engine_reason=self.engine_reason,
        )

    def _summary(
        self, block: NDArray, levels: tuple[float, ...], weights: tuple[float, ...]
    ) -> Summary:
        if self.family is not None:
            return summary_of_distributions(block, levels, self.family, weights)
        return summary_of(linked(block, self.link), levels, self.task, weights)

    def in_units(self, scale: NDArray, offset: NDArray) -> "Draws":
        """The same draws as ``draws * scale + offset``, in float64; both of shape (n,)."""
        moved = (self._moved(block, scale, offset) for block in self.blocks)
        return replace(self, blocks=moved)

    def _moved(self, block: NDArray, scale: NDArray, offset: NDArray) -> NDArray:
        if self.family is not None:
            return self.family.in_units(block, scale, offset)
        return np.asarray(np.asarray(block, float) * scale + offset)


def plain_draws(networks: Networks, data: Dataset, batch_size: int | None = None) -> Draws:
    """The output of each network: one program for all of them."""
    return Draws(
        blocks=_plain_blocks(networks, data, batch_size),
        weights=networks.weights,
        task=networks.task,
        link=networks.link,
        family=networks.family,
    )


def _plain_blocks(networks: Networks, data: Dataset, batch_size: int | None) -> Iterator[NDArray]:
    rows = len(jax.tree.leaves(data.x)[0])
    size = max(1, VALUES_A_BLOCK // values_a_row(networks.model))
    for start in range(0, rows, size):
        part = jax.tree.map(lambda each, at=slice(start, start + size): each[at], data.x)
        outputs = predict(networks.model, part, batch_size=batch_size, verbose=0)
        yield networks.apart(outputs[None])


def sampled_draws(
    networks: Networks,
    data: Dataset,
    *,
    samples: int,
    seed: int = 0,
    batch_size: int | None = None,
    engine: str = "auto",
) -> Draws:
    """Samples of each network with its dropout on."""
    feed = cast(ArrayFeed, make_feed(data, batch_size=batch_size))  # nothing else got here
    build_for_prediction(networks.model, feed.iterator)
    sampler = sampler_of(engine, networks.model, networks.count, feed, samples, batch_size)
    return Draws(
        blocks=(networks.apart(block) for block in sampler.blocks(seed)),
        weights=networks.weights,
        task=networks.task,
        link=networks.link,
        family=networks.family,
        samples=samples,
        seed=seed,
        engine=sampler.engine,
        engine_reason=sampler.engine_reason,
    )
