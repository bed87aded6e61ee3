"""What is drawn for each row: the output of a network, of each member, or samples of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

import jax
import keras
import numpy as np
from numpy.typing import NDArray

from epochal.batches.dataset import Dataset
from epochal.batches.feed import ArrayFeed, make_feed
from epochal.bridge.build import build_for_prediction
from epochal.bridge.combining import Members, members_of
from epochal.training import Ensemble
from epochal.training.predict import predict
from epochal.uncertainty.output_kind import linked, task_of
from epochal.uncertainty.prediction import Prediction
from epochal.uncertainty.samplers import (
    VALUES_A_BLOCK,
    block_sampler,
    several_outputs,
    values_a_row,
)
from epochal.uncertainty.summary import concatenate_summaries, summary_of


@dataclass(frozen=True, kw_only=True)
class Networks:
    """One network, or the members of an average, and what they predict."""

    members: Members
    task: str
    link: str

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.members.weights)

    def apart(self, outputs: NDArray) -> NDArray:
        """Outputs side by side (samples, rows, ..., members * n), as (draws, rows, ..., n)."""
        several = outputs.reshape(*outputs.shape[:-1], self.count, -1)
        draws = np.moveaxis(several, -2, 1)
        return draws.reshape(-1, *draws.shape[2:])


def networks_of(model: keras.Model | Ensemble, task: str | None = None) -> Networks:
    """The networks of a model, and what it predicts; `task` where that is asked for."""
    first = model
    if isinstance(model, Ensemble):
        # Probabilities are averaged, also where the ensemble averages logits: of their mean alone
        # is the total uncertainty the sum of the others.
        first, model = model.models[0], replace(model, average="mean").model
    members = members_of(model)
    if len(getattr(members.model, "outputs", None) or [0]) > 1:
        raise several_outputs(len(members.model.outputs))
    kind, link = task_of(first, members, task)
    return Networks(members=members, task=kind, link=link)


@dataclass(frozen=True, kw_only=True)
class Draws:
    """Draws of all rows, a block of rows at a time.

    Attributes
    ----------
    networks : Networks
    blocks : iterator of numpy.ndarray
        (draws, rows, ..., n) each.
    samples : int
        How many draws there are of each network.
    seed : int
    engine, engine_reason : str
    """

    networks: Networks
    blocks: Iterator[NDArray]
    samples: int = 1
    seed: int = 0
    engine: str = ""
    engine_reason: str = ""

    def prediction(self, levels: tuple[float, ...], names: tuple[Any, ...] = ()) -> Prediction:
        """What they say of each row; the blocks are used up."""
        networks = self.networks
        weights = np.tile(networks.members.weights, self.samples) / self.samples
        parts = [
            summary_of(linked(block, networks.link), levels, networks.task, weights.tolist())
            for block in self.blocks
        ]
        several = len(weights) > 1
        return Prediction(
            **concatenate_summaries(parts)._asdict(),
            levels=levels if several else (),
            task=networks.task,
            names=names,
            members=networks.count,
            samples=self.samples,
            seed=self.seed,
            engine=self.engine,
            engine_reason=self.engine_reason,
        )


def plain_draws(networks: Networks, data: Dataset, batch_size: int | None) -> Draws:
    """The output of each network: one program for all of them."""
    return Draws(networks=networks, blocks=_plain_blocks(networks, data, batch_size))


def _plain_blocks(networks: Networks, data: Dataset, batch_size: int | None) -> Iterator[NDArray]:
    model = networks.members.model
    rows = len(jax.tree.leaves(data.x)[0])
    size = max(1, VALUES_A_BLOCK // values_a_row(model))
    for start in range(0, rows, size):
        part = jax.tree.map(lambda each, at=slice(start, start + size): each[at], data.x)
        yield networks.apart(predict(model, part, batch_size=batch_size, verbose=0)[None])


def sampled_draws(
    networks: Networks,
    data: Dataset,
    samples: int,
    seed: int,
    batch_size: int | None,
    engine: str = "auto",
) -> Draws:
    """Samples of each network with its dropout on."""
    model = networks.members.model
    feed = cast(ArrayFeed, make_feed(data, batch_size=batch_size))  # nothing else got here
    build_for_prediction(model, feed.iterator)
    sampler = block_sampler(engine, model, feed, samples, batch_size)
    return Draws(
        networks=networks,
        blocks=(networks.apart(block) for block in sampler.blocks(seed)),
        samples=samples,
        seed=seed,
        engine=sampler.engine,
        engine_reason=sampler.engine_reason,
    )
