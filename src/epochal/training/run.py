"""What a fit returns."""

from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np

from epochal.compat._keras import add_to_history
from epochal.diagnosis.curves import Evidence, Regularizers, TrainingCurves
from epochal.diagnosis.rules import Diagnosis, diagnose
from epochal.engine import Record, StepRates
from epochal.plots.learning_curves import learning_curves
from epochal.summary import html_summary


@dataclass
class Timing:
    """Seconds of wall time: in all, compiling, and of each epoch (compiling left out)."""

    total: float = 0.0
    compiling: float = 0.0
    epochs: list[float] = field(default_factory=list)


class Run(keras.callbacks.History):
    """A fit's record, and a `keras.callbacks.History` (`history`, `epoch`, `params`, `model`).

    Attributes
    ----------
    engine : str
        What ran the epochs: ``"native"`` or ``"xla"``, or ``"keras"`` where Keras' own loop had to.
    engine_reason : str
        Why that engine, and why batch by batch where it was so, in words.
    batch_by_batch : bool
        Whether Python was called at every batch.
    validated_epochs : list of int
        The epochs after which the validation data were evaluated, numbered as in ``epoch``: from
        `initial_epoch` or 0 on. ``history["val_loss"]`` has a value for each.
    learning_rates, losses : numpy.ndarray
        The learning rate and the loss of every step, float32, shape (steps,).
    momenta : numpy.ndarray
        The momentum of every step where the schedule cycled it, float32, shape (steps,); else
        empty.
    tracked : dict of str to numpy.ndarray
        What else was tracked of every step, float32, shape (steps,): "gradient_norm" where it was
        asked for (see `epochal.fit`). The epochs' values are in ``history``.
    penalty : numpy.ndarray or None
        What the weights' regularisers (Keras' L1 is l1 * sum |w|, L2 is l2 * sum w**2, without a
        factor 1/2) add to the loss with the weights after each epoch, shape (epochs,); None for a
        model without any. ``history["val_loss"]`` holds it: the loss of the data alone is
        ``np.subtract(run.history["val_loss"], run.penalty)``.
    diagnosis : Diagnosis
        What the run shows, in one line, and what to try next.
    seed : int or None
        The seed that was given.
    timing : Timing
        Seconds in all, compiling, and an epoch.
    """

    def __init__(self, *, engine: str, engine_reason: str, seed: int | None) -> None:
        super().__init__()
        self.epoch: list[int] = []  # Keras has it from the beginning of the training on
        self.engine = engine
        self.engine_reason = engine_reason
        self.batch_by_batch = False
        self.seed = seed
        self.timing = Timing()
        self._losses: list[np.ndarray] = []
        self._learning_rates: list[np.ndarray] = []
        self._momenta: list[np.ndarray] = []
        self._tracked: dict[str, list[np.ndarray]] = {}
        self._penalties: list[float | None] = []
        self._validated: list[int] = []  # positions in `epoch`
        self._regularizers = Regularizers()
        self._evidence = Evidence()
        self._ended = False
        self._diagnosis: Diagnosis | None = None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Keep the logs, as Keras' `History` does."""
        if "val_loss" in (logs or {}):
            self._validated.append(len(self.epoch))
        add_to_history(self, epoch, logs or {})

    def record_penalty(self, penalty: float | None) -> None:
        """Note the penalty on the weights that an epoch has left."""
        self._penalties.append(penalty)

    def set_engine(self, engine: str, reason: str, batch_by_batch: bool) -> None:
        """Note what runs the epochs, and why."""
        self.engine, self.engine_reason = engine, reason
        self.batch_by_batch = batch_by_batch

    def set_evidence(
        self, evidence: Evidence, regularizers: Regularizers | None = None, *, ended: bool = False
    ) -> None:
        """Take what the rows and the model say beside the curves; `ended` where that is all."""
        self._evidence, self._ended = evidence, ended
        self._regularizers = regularizers or self._regularizers

    @property
    def diagnosis(self) -> Diagnosis:
        """What the run shows so far; once it has ended, made when it is first asked for."""
        if self._diagnosis is not None:
            return self._diagnosis
        evidence = self._evidence
        found = diagnose(
            replace(
                self.curves(),
                constant=evidence.constant(),
                best_rows=evidence.best_rows,
                last_rows=evidence.last_rows,
            )
        )
        if self._ended:
            self._diagnosis = found
        return found

    def diagnosis_by(self, loss: str) -> Diagnosis:
        """What the run shows by another of its curves, such as the loss without penalties.

        Parameters
        ----------
        loss : str
            Its name in the history, where its validation is ``val_`` and that name.
        """
        if loss == "loss":
            return self.diagnosis
        curves = replace(
            self.curves(),
            losses=self.history.get(loss, []),
            val_losses=self.history.get(f"val_{loss}", []),
            penalty=0.0,
            constant=self._evidence.constant(),
        )
        return diagnose(curves)

    def curves(self) -> TrainingCurves:
        """How the run went so far."""
        return TrainingCurves(
            losses=self.history.get("loss", []),
            val_losses=self.history.get("val_loss", []),
            val_epochs=self._validated,
            first_epoch=self.epoch[0] if self.epoch else 0,
            step_losses=self.losses,
            rates=self.learning_rates,
            penalty=(self._penalties[-1] if self._penalties else None) or 0.0,
            regularizers=self._regularizers,
        )

    def record_steps(self, record: Record, rates: StepRates) -> None:
        self._losses.append(record.losses)
        self._learning_rates.append(rates.learning_rate)
        if rates.momentum is not None:
            self._momenta.append(rates.momentum)
        for name, values in record.tracked.items():
            self._tracked.setdefault(name, []).append(values)

    @property
    def validated_epochs(self) -> list[int]:
        return [self.epoch[position] for position in self._validated]

    @property
    def losses(self) -> np.ndarray:
        return np.concatenate([np.empty(0, np.float32), *self._losses])

    @property
    def learning_rates(self) -> np.ndarray:
        return np.concatenate([np.empty(0, np.float32), *self._learning_rates])

    @property
    def momenta(self) -> np.ndarray:
        return np.concatenate([np.empty(0, np.float32), *self._momenta])

    @property
    def tracked(self) -> dict[str, np.ndarray]:
        return {name: np.concatenate(parts) for name, parts in self._tracked.items()}

    @property
    def penalty(self) -> np.ndarray | None:
        known = [penalty for penalty in self._penalties if penalty is not None]
        return np.array(known) if known else None

    @property
    def seconds(self) -> float:
        """Wall time of the whole fit."""
        return self.timing.total

    def __repr__(self) -> str:
        final = {name: round(float(values[-1]), 4) for name, values in self.history.items()}
        return (
            f"Run({len(self.epoch)} epochs on {self.engine} in {self.seconds:.1f} s, "
            f"last epoch: {final})"
        )

    def _repr_html_(self) -> str:
        headline = f"{len(self.epoch)} epochs on {self.engine} in {self.seconds:.1f} s"
        if not self.epoch:
            return html_summary(headline)
        last = {name: f"{float(np.mean(values[-1])):.4g}" for name, values in self.history.items()}
        names = list(dict.fromkeys(["loss", *(name.removeprefix("val_") for name in last)]))
        return html_summary(
            headline,
            str(self.diagnosis),
            table=(
                ["last epoch", "training", "validation"],
                [[name, last.get(name, ""), last.get(f"val_{name}", "")] for name in names],
            ),
            picture=lambda: learning_curves(self, names[:2]),
            alt=f"{' and '.join(names[:2])} by epoch, for training and validation",
        )


_PLAIN = (
    "history",
    "epoch",
    "engine",
    "engine_reason",
    "batch_by_batch",
    "_penalties",
    "_validated",
)
_STEPS = ("_losses", "_learning_rates", "_momenta")


def run_content(run: Run) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """A run as plain values and arrays, from which `restore_run` makes it again.

    What it is of, its model and its seed, is not among them, nor what only the data says.
    """
    plain = {name: getattr(run, name) for name in _PLAIN}
    timing = {name: getattr(run.timing, name) for name in ("total", "compiling", "epochs")}
    steps = {
        name: np.concatenate([np.empty(0, np.float32), *getattr(run, name)]) for name in _STEPS
    }
    arrays = steps | {f"tracked {name}": values for name, values in run.tracked.items()}
    rows = {"best": run._evidence.best_rows, "last": run._evidence.last_rows}
    arrays |= {f"rows {name}": values for name, values in rows.items() if values is not None}
    return plain | {"timing": timing}, arrays


def restore_run(run: Run, plain: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Make `run` what it was when `run_content` was called."""
    run.__dict__.update({name: plain[name] for name in _PLAIN})
    run.timing = Timing(**plain["timing"])
    run.__dict__.update({name: [arrays[name]] if len(arrays[name]) else [] for name in _STEPS})
    run._tracked = {
        name.removeprefix("tracked "): [values]
        for name, values in arrays.items()
        if name.startswith("tracked ")
    }


def concatenate_runs(first: Run, second: Run) -> Run:
    """One record of a training in two fits, the second of which went on where the first ended.

    Its diagnosis is that of the second: what the rows said at the end.
    """
    engines = dict.fromkeys((first.engine, second.engine))
    reasons = dict.fromkeys((first.engine_reason, second.engine_reason))
    run = Run(
        engine=", then ".join(engines), engine_reason="; then ".join(reasons), seed=first.seed
    )
    run.set_model(second.model)
    run.set_params(second.params)
    run.batch_by_batch = first.batch_by_batch or second.batch_by_batch
    run.epoch = []
    for part in (first, second):
        run._validated += [len(run.epoch) + position for position in part._validated]
        run.epoch += part.epoch
        run._losses += part._losses
        run._learning_rates += part._learning_rates
        run._momenta += part._momenta
        run._penalties += part._penalties
        run.timing.total += part.timing.total
        run.timing.compiling += part.timing.compiling
        run.timing.epochs += part.timing.epochs
        for name, values in part.history.items():
            run.history.setdefault(name, []).extend(values)
        for name, steps in part._tracked.items():
            run._tracked.setdefault(name, []).extend(steps)
    run._regularizers, run._diagnosis = second._regularizers, second.diagnosis
    return run
