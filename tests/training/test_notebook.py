"""One line that changes in a notebook, and what results look like there."""

import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import epochal
from epochal.runs.observer import observer_for
from epochal.training import notebook
from epochal.training.progress import Display
from tests.test_summary import check_html
from tests.training.parity import ROWS, dense_net, numbers

X, Y = numbers(ROWS, 6), numbers(ROWS, 1, seed=1)


class Cell:
    """The output of a cell: what was displayed, and every change of it."""

    def __init__(self) -> None:
        self.displays = 0
        self.shown: list[str] = []
        self.html: list[str] = []

    def display(self, data: dict[str, str], *, raw: bool, display_id: bool) -> "Cell":
        assert display_id
        self.displays += 1
        self.update(data, raw=raw)
        return self

    def update(self, data: dict[str, str], *, raw: bool) -> None:
        assert raw
        self.shown.append(data["text/plain"])
        self.html.append(data["text/html"])
        check_html(data["text/html"])


@pytest.fixture
def cell(monkeypatch: pytest.MonkeyPatch) -> Cell:
    made = Cell()
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=made.display))
    monkeypatch.setattr(
        "epochal.training.progress.Console", lambda: Console(force_jupyter=True, width=100)
    )
    return made


@pytest.mark.parametrize("verbose", ["auto", 1])
def test_a_fit_is_one_line_and_its_diagnosis(cell, verbose, monkeypatch):
    monkeypatch.setattr(notebook, "BETWEEN", 0)
    epochal.fit(dense_net(), X, Y, epochs=3, verbose=verbose, seed=1)
    assert cell.displays == 1
    assert any('<progress value="0" max="2">' in html for html in cell.html)
    assert [text for text in cell.shown if text.startswith("epoch 2/3  loss")]
    last, diagnosis = cell.shown[-1].splitlines()
    assert last.startswith("epoch 3/3  loss ")
    assert last.endswith("rows/s")
    assert "Next: " in diagnosis
    assert "<progress" not in cell.html[-1]


def test_it_changes_no_more_often_than_anybody_sees(cell, monkeypatch):
    monkeypatch.setattr(notebook, "BETWEEN", 3600)
    epochal.fit(dense_net(), X, Y, epochs=20, seed=1)
    assert len(cell.shown) <= 3
    assert cell.shown[-1].startswith("epoch 20/20")
    epochal.evaluate(dense_net(), X, Y)
    assert cell.shown[-1].startswith("evaluate  loss")


def test_an_interrupted_fit_leaves_what_it_came_to(cell, monkeypatch):
    monkeypatch.setattr(notebook, "BETWEEN", 3600)

    class Interrupt(epochal.training.callbacks.RunCallback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        epochal.fit(dense_net(), X, Y, epochs=20, callbacks=[Interrupt()])
    assert cell.shown[-1].startswith("epoch 2/20")


def test_silence_and_lines(cell, capsys):
    epochal.fit(dense_net(), X, Y, verbose=0)
    assert cell.displays == 0
    assert not Display(2).in_notebook


def test_a_table_shows_its_stages_and_its_epochs(cell, monkeypatch):
    monkeypatch.setattr(notebook, "BETWEEN", 0)
    observer = observer_for(Display("auto"))
    observer.stage("training 2 networks")
    observer.epoch(1, 10, {"loss": 0.5, "accuracy": 0.1})
    observer.epoch(10, 10, {"loss": 0.25})
    observer.stage("testing")
    assert cell.displays == 1
    assert '<progress value="1" max="10"></progress> training 2 networks  loss 0.5000' in "".join(
        cell.html
    )
    assert '<progress value="10" max="10">' in "".join(cell.html)
    assert cell.shown[-1] == "testing"
    quiet = observer_for(Display("auto", Console(force_jupyter=False)))
    quiet.stage("training")
    assert cell.shown[-1] == "testing"


def test_a_run_shows_last_values_diagnosis_and_curves():
    model = dense_net(metrics=["mae"])
    run = epochal.fit(model, X, Y, epochs=2, validation_split=0.25, verbose=0)
    html = run._repr_html_()
    check_html(html)
    assert "2 epochs on " in html
    assert "<td>mae</td>" in html
    assert f"{run.history['val_loss'][-1]:.4g}" in html
    assert run.diagnosis.remedy in html
    assert "data:image/png" in html
    check_html(run.diagnosis._repr_html_())


def test_runs_without_an_epoch_or_a_finite_loss_are_shown_too():
    model = dense_net()
    check_html(epochal.fit(model, X, Y, epochs=0, verbose=0)._repr_html_())
    run = epochal.fit(model, X, Y, verbose=0)
    run.history["loss"] = [np.nan]
    html = run._repr_html_()
    check_html(html)
    assert "nan" in html
    assert "<img" not in html


@pytest.mark.slow
def test_rates_predictions_and_populations_are_shown():
    model = epochal.network("multiclass", 6, hidden=(8,), classes=3, dropout=0.2, seed=0)
    labels = np.arange(ROWS) % 3
    curve = epochal.find_learning_rate(model, X, labels, batch_size=8)
    comparison = epochal.compare_learning_rates(model, X, labels, rates=(1e-3, 1e-2), steps=5)
    prediction = epochal.predict_monte_carlo(model, X, samples=4)
    population = epochal.train_population(model, X, labels, members=2, epochs=1, verbose=0)
    for result, pictured in (
        (curve, True),
        (comparison, True),
        (prediction, True),
        (population, False),
    ):
        html = result._repr_html_()
        check_html(html)
        assert ("data:image/png" in html) is pictured
        assert "<table>" in html
    number = epochal.network("regression", 6, hidden=(8,), dropout=0.2, seed=0)
    check_html(epochal.predict_monte_carlo(number, X, samples=4)._repr_html_())
