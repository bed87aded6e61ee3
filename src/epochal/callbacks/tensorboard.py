"""TensorBoard's logs, without TensorFlow."""

import os
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import keras
import numpy as np
from tensorboardX import SummaryWriter
from tensorboardX.proto.event_pb2 import Event
from tensorboardX.summary import hparams as hparams_summaries
from tensorboardX.summary import scalar

from epochal.bridge.graph import nodes_of
from epochal.callbacks.model_graph import graph_of
from epochal.callbacks.projector import Labels, Points, points_of, write_points
from epochal.checks import check_whole, check_writable
from epochal.errors import InputError
from epochal.training import Run, RunCallback, layer_gradients, layer_outputs

TRAIN = "train"
VALIDATION = "validation"
OF_VALIDATION = "val_"
HParam = bool | int | float | str
FREQUENCIES = "1 writes at every epoch, 0 never"
FOLDER, ANOTHER = "log_dir must be a folder", "name another"
LARGEST = 1e300  # the writer's own bins end at 1e20, and it fails where no value is in them
_FILES = count()


class TensorBoard(RunCallback):
    """Log curves, learning rates, histograms, the graph and embeddings for TensorBoard.

    Keras' own callback of this name needs TensorFlow on every backend; this one does not, and logs
    histograms of activations and gradients too. View the logs with
    ``tensorboard --logdir LOG_DIR`` (``pip install tensorboard``).

    Parameters
    ----------
    log_dir : str or Path
        The folder of this run. Put runs to be compared side by side in one folder.
    histogram_freq : int
        Frequency, in epochs, at which histograms are written, 0 for never: of each weight and, in
        `epochal.fit` on arrays, of each layer's activations and each weight's gradient over the
        first 1,000 validation rows (training rows where there is no validation data).
    embeddings_freq : int
        Frequency, in epochs, at which points for the projector are written, 0 for never: the rows
        of each `Embedding` layer's table; where the model has none, the outputs of its last hidden
        layer for the same rows, labelled by their targets where these are one array.
    embeddings_metadata : dict of str to sequence, optional
        For each layer, a label for each of its points; or one sequence, where there is one layer.
        Tabs and line breaks in a label become spaces. None: the targets, if any.
    write_graph : bool
        Whether to write the graph of the layers.
    hparams : dict of str to number, bool or str, optional
        The hyperparameters of the run, for the HParams page; its metrics are those of the last
        epoch. None: the run is not on that page.

    Raises
    ------
    InputError
        When the callback is made: a negative frequency, or a hyperparameter that is not a single
        value. When training begins: a folder that cannot be written to, metadata for a layer that
        has no points or of another length than its points, or one sequence for several layers.

    Examples
    --------
    >>> import keras, numpy as np, epochal
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> board = epochal.callbacks.TensorBoard("logs/first", histogram_freq=1)
    >>> x = np.ones((64, 4))
    >>> run = epochal.fit(model, x, x[:, 0], epochs=2, verbose=0, callbacks=[board])
    """

    def __init__(
        self,
        log_dir: "str | Path" = "logs",
        histogram_freq: int = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Mapping[str, Labels] | Labels | None = None,
        write_graph: bool = True,
        hparams: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.log_dir = Path(log_dir)
        self.histogram_freq = check_whole("histogram_freq", histogram_freq, 0, FREQUENCIES)
        self.embeddings_freq = check_whole("embeddings_freq", embeddings_freq, 0, FREQUENCIES)
        self.embeddings_metadata = embeddings_metadata
        self.write_graph = write_graph
        self.hparams = _check_hparams(hparams)
        self._writers: dict[str, SummaryWriter] = {}
        self._begun: Run | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Make the folder, check the metadata and write the graph."""
        if self.run is self._begun:  # left by a fit that was interrupted
            self.run = self.rows = None
        self._begun = self.run
        self._steps_written = 0
        self._first_step: int | None = None
        _make_folder(self.log_dir / TRAIN)
        check_writable(FOLDER, self.log_dir / VALIDATION, ANOTHER)  # made when first written to
        if self.embeddings_freq:
            self._points()  # raises now, before any training, where the metadata is wrong
        if self.write_graph and (graph := graph_of(self.model)) is not None:
            self._train.file_writer.add_event(Event(graph_def=graph.SerializeToString()))

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Note at which step the fit begins."""
        if self._first_step is None:  # only now: a callback may have restored a backup
            self._first_step = _steps_taken(self.model.optimizer)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Write the curves and, at their frequencies, histograms and points."""
        for name, value in (logs or {}).items():
            writer = self._validation if name.startswith(OF_VALIDATION) else self._train
            _add_scalar(writer, f"epoch_{name.removeprefix(OF_VALIDATION)}", value, epoch)
        self._write_steps()
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_histograms(epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            write_points(self.log_dir / TRAIN, epoch, self._points())
        for writer in self._writers.values():
            writer.flush()

    def on_train_end(self, logs: Mapping[str, float] | None = None) -> None:
        """Write the hyperparameters and close the files."""
        if self.hparams:
            metrics = {f"last_{name}": value for name, value in (logs or {}).items()}
            for summary in hparams_summaries(self.hparams, metrics):
                self._train.file_writer.add_summary(summary)
            for name, value in metrics.items():
                _add_scalar(self._train, name, value, 0)
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()
        self.run = self.rows = self._begun = None  # `model.fit` will set none

    @property
    def _train(self) -> SummaryWriter:
        return self._writer(TRAIN)

    @property
    def _validation(self) -> SummaryWriter:
        return self._writer(VALIDATION)

    def _writer(self, part: str) -> SummaryWriter:
        """A folder for each part: TensorBoard then draws both in one plot."""
        if part not in self._writers:
            # By default the file name is made of the second: the next fit would overwrite it.
            suffix = f".{os.getpid()}.{next(_FILES):05d}"
            folder = self.log_dir / part
            _make_folder(folder)
            self._writers[part] = SummaryWriter(str(folder), filename_suffix=suffix)
        return self._writers[part]

    def _write_steps(self) -> None:
        """The learning rate and loss of each new step, numbered across fits."""
        if self.run is None:
            optimizer = self.model.optimizer
            rate = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
            _add_scalar(self._train, "learning_rate", rate, _steps_taken(optimizer))
            return
        first = self._first_step or 0
        for tag, values in (
            ("learning_rate", self.run.learning_rates),
            ("batch_loss", self.run.losses),
        ):
            for step in range(self._steps_written, len(values)):
                _add_scalar(self._train, tag, values[step], first + step)
        self._steps_written = len(self.run.losses)

    def _write_histograms(self, epoch: int) -> None:
        kinds = {"weights": self._weights()}
        if self.rows is not None:
            x, y, weights = self.rows
            kinds["gradients"] = layer_gradients(self.model, x, y, weights)
            if nodes_of(self.model):  # a subclassed model has no layer graph
                kinds["activations"] = layer_outputs(self.model, x)
        for kind, arrays in kinds.items():
            for name, values in arrays.items():
                finite = values[np.isfinite(values)].astype(np.float64)
                if finite.size:
                    bins = [-LARGEST, *self._train.default_bins, LARGEST]
                    self._train.add_histogram(f"{kind}/{name}", finite, epoch, bins=bins)

    def _points(self) -> dict[str, Points]:
        return points_of(self.model, self.rows, self.embeddings_metadata)

    def _weights(self) -> dict[str, np.ndarray]:
        return {
            weight.path.removeprefix(f"{self.model.name}/"): np.asarray(weight.numpy(), np.float64)
            for weight in self.model.weights
        }


def _steps_taken(optimizer: keras.optimizers.Optimizer) -> int:
    """Batches that an optimiser has seen: each of its iterations may be of several."""
    return int(optimizer.iterations) * (optimizer.gradient_accumulation_steps or 1)


def _add_scalar(writer: SummaryWriter, tag: str, value: float, step: int) -> None:
    """Write a value, finite or not: the writer's own method warns of each that is not."""
    summary = scalar(tag, 0.0)
    summary.value[0].simple_value = float(value)
    writer.file_writer.add_summary(summary, step)


def _make_folder(folder: Path) -> None:
    try:
        check_writable(FOLDER, folder, ANOTHER)
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{FOLDER} that can be written to, got {str(folder)!r}, which cannot be made "
            f"({error.strerror}): {ANOTHER}."
        ) from error


def _check_hparams(hparams: Mapping[str, Any] | None) -> dict[str, HParam]:
    """`hparams` with NumPy's scalars as Python's; `InputError` unless names to single values."""
    if hparams is None:
        return {}
    if not isinstance(hparams, Mapping):
        raise InputError(
            f"hparams must be a dict of names to values, got {hparams!r}: "
            'give for example {"learning_rate": 0.01}.'
        )
    return {_hparam_name(name): _hparam_value(name, value) for name, value in hparams.items()}


def _hparam_name(name: object) -> str:
    if not isinstance(name, str):
        raise InputError(f"hparams must have str as names, got {name!r}: give str({name!r}).")
    return name


def _hparam_value(name: str, value: object) -> HParam:
    plain = value.item() if isinstance(value, np.generic) else value
    if not isinstance(plain, bool | int | float | str):
        raise InputError(
            f"hparams must have a number, bool or str for each name, got {value!r} for {name!r}: "
            "give one of those, for example its str."
        )
    return plain
