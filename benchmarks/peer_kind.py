"""A peer that goes through kinds of networks: `python -m benchmarks.peer_kind PEER`.

Each line of its input names a kind, a part ("fit", "evaluate", "predict" or "describe") and how
often it is to run. KERAS_BACKEND in the environment says on which backend.
"""

import sys
from collections.abc import Callable
from typing import Any

import keras

from benchmarks.gate import Gate
from benchmarks.kinds.kind import Kind
from benchmarks.kinds.registry import BY_NAME
from benchmarks.operations import training_operations
from benchmarks.peer_keras import GatedEpochs
from benchmarks.workloads import EPOCHAL


class Trained:
    """A kind's model with its data, and how they are trained, evaluated and used."""

    def __init__(self, kind: Kind, peer: str) -> None:
        keras.utils.set_random_seed(0)
        self.kind, self.data, self.model = kind, dict(kind.data()), kind.build()
        self.reasons = {"engine": "", "reason": ""}
        self._verbs: dict[str, Callable[..., Any]] = {
            verb: getattr(self.model, verb) for verb in ("fit", "evaluate", "predict")
        }
        if peer == EPOCHAL:
            import epochal  # noqa: PLC0415 - only this peer's process may see epochal

            self._verbs = {
                verb: lambda *arguments, verb=verb, **named: getattr(epochal, verb)(
                    self.model, *arguments, **named
                )
                for verb in self._verbs
            }

    def fit(self, gate: Gate, epochs: int) -> None:
        run = self._verbs["fit"](
            **self.data,
            **self.kind.arguments,
            **self._batches(),
            epochs=epochs,
            verbose=0,
            callbacks=[GatedEpochs(gate), *self.kind.callbacks()],
        )
        if hasattr(run, "engine_reason"):
            self.reasons = {"engine": run.engine, "reason": run.engine_reason}

    def use(self, part: str, gate: Gate, times: int) -> None:
        """Evaluate, or predict."""
        named = {name: self.data[name] for name in ("x", "y") if name in self.data}
        if part == "predict" and not isinstance(named["x"], keras.utils.PyDataset):
            named.pop("y")
        for time in range(times):
            self._verbs[part](**named, **self._batches(), verbose=0)
            gate.finished(0.0, last=time == times - 1)

    def operations(self) -> float:
        """Of the products of an epoch."""
        return training_operations(self.model) * len(self.data["x"])

    def _batches(self) -> dict[str, int]:
        own = isinstance(self.data["x"], keras.utils.PyDataset)
        return {} if own else {"batch_size": self.kind.batch_size}


def main(peer: str) -> None:
    gate = Gate()
    trained: Trained | None = None
    for name, part, times in gate.tasks():
        if trained is None or trained.kind.name != name:
            keras.utils.clear_session()
            trained = Trained(BY_NAME[name], peer)
        if part == "describe":
            operations = trained.operations() if trained.kind.summarized else 0.0
            gate.answer(**trained.reasons, operations=operations)
            continue
        gate.ready()
        if part == "fit":
            trained.fit(gate, int(times))
        else:
            trained.use(part, gate, int(times))


if __name__ == "__main__":
    main(*sys.argv[1:])
