"""What a person sees: a bar in a terminal, lines elsewhere, nothing when asked for silence."""

import re
from io import StringIO
from typing import Any

import keras
import numpy as np
import pytest
from rich.console import Console

import epochal
from epochal.training.progress import Display
from tests.training.parity import ROWS, compiled, dense_net, numbers

X, Y = numbers(ROWS, 6), numbers(ROWS, 1, seed=1)
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
LINE = re.compile(r"(\S.*?)  (loss .*?)  (\d+\.\d\d) s  ([\d,]+) rows/s")


def console(terminal: bool = True, width: int = 120) -> Console:
    return Console(force_terminal=terminal, file=StringIO(), width=width, legacy_windows=False)


def written(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return ESCAPES.sub("", console.file.getvalue())


def epoch(display: Display, title: str = "epoch 1/1") -> None:
    display.begin(title, 10)
    display.advance(4, 128, {"mae": 0.25, "loss": 0.5})
    display.advance(6, 192, {"mae": 0.2, "loss": 0.4})
    display.end(title, {"mae": 0.2, "loss": 0.4})


def test_silence_does_not_look_at_the_terminal():
    epoch(silent := Display(0))
    assert "console" not in vars(silent)
    assert not silent.live


def test_a_bar_in_a_terminal_then_a_line():
    screen = console()
    display = Display(1, screen)
    assert display.live
    display.begin("epoch 1/1", 10)
    display.advance(4, 128, {"loss": 0.5, "rate": 1e-5})
    assert display._bar is not None
    display._bar.refresh()
    shown = written(screen)
    assert "epoch 1/1" in shown
    assert "4/10" in shown
    assert "loss 0.5000  rate 1.00e-05" in shown
    assert "rows/s" in shown
    display.end("epoch 1/1", {"loss": 0.5})
    last = written(screen).rstrip().splitlines()[-1]
    assert LINE.search(last)
    assert "loss 0.5000" in last


@pytest.mark.parametrize("verbose", [1, "auto", True])
def test_a_line_an_epoch_where_there_is_no_terminal(verbose):
    paper = console(terminal=False)
    display = Display(verbose, paper)
    assert not display.live
    epoch(display)
    epoch(display, "epoch 2/2")
    first, second = written(paper).splitlines()
    match = LINE.fullmatch(first)
    assert match is not None
    assert match[1] == "epoch 1/1"
    assert match[2] == "loss 0.4000  mae 0.2000"  # the loss first
    assert second.startswith("epoch 2/2  ")


def test_lines_alone_when_asked_for_in_a_terminal():
    screen = console()
    display = Display(2, screen)
    assert not display.live
    epoch(display)
    assert len(written(screen).splitlines()) == 1


@pytest.mark.parametrize("verbose", [0, False])
def test_silence(verbose):
    screen = console()
    epoch(Display(verbose, screen))
    assert written(screen) == ""


def test_rates_count_the_rows(monkeypatch):
    now = 10.0
    monkeypatch.setattr("epochal.training.progress.perf_counter", lambda: now)
    paper = console(terminal=False)
    display = Display(1, paper)
    display.begin("epoch 1/1", 10)
    display.advance(10, 320_000, {})
    now = 12.0
    display.end("epoch 1/1", {"loss": 1.0})
    match = LINE.fullmatch(written(paper).strip())
    assert match is not None
    assert match[3] == "2.00"
    assert match[4] == "160,000"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0000"),
        (0.12345, "0.1235"),
        (12.5, "12.5000"),
        (0.00012, "1.20e-04"),
        (-0.00012, "-1.20e-04"),
        (123456.0, "1.23e+05"),
        (float("nan"), "nan"),
        (np.float32(0.5), "0.5000"),
        (np.array([0.5, 1e-5]), "[0.5000 1.00e-05]"),
    ],
)
def test_numbers_are_short(value, text):
    paper = console(terminal=False)
    display = Display(1, paper)
    display.begin("epoch", 1)
    display.end("epoch", {"loss": value})
    assert f"epoch  loss {text}  " in written(paper)


def test_markup_in_a_name_is_text():
    paper = console(terminal=False)
    display = Display(1, paper)
    display.begin("epoch", 1)
    display.end("epoch", {"[red]loss[/red]": 1.0})
    assert "[red]loss[/red] 1.0000" in written(paper)


def test_the_bar_keeps_to_one_line_in_a_narrow_terminal():
    screen = console(width=60)
    display = Display(1, screen)
    display.begin("epoch 1/1", 10)
    display.advance(4, 128, {f"metric_{number}": 0.5 for number in range(9)})
    assert display._bar is not None
    display._bar.refresh()
    assert max(map(len, written(screen).splitlines())) <= 60
    display.clear()


def test_a_fit_writes_a_line_an_epoch_and_its_verdict(capsys):
    run = epochal.fit(dense_net(metrics=["mae"]), X, Y, epochs=3, validation_split=0.3, verbose=2)
    *lines, last = capsys.readouterr().out.splitlines()
    assert last == str(run.diagnosis)
    assert [line.split("  ")[0] for line in lines] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]
    for line in lines:
        assert re.search(r"loss \d.*mae \d.*val_loss|loss \d.*val_loss \d.*mae", line)


def test_a_metric_of_each_class_is_written_too(capsys):
    model = compiled(
        keras.Input((6,)),
        keras.layers.Dense(3, "softmax"),
        loss="categorical_crossentropy",
        metrics=[keras.metrics.F1Score(name="f1")],
    )
    y = np.eye(3, dtype=np.float32)[np.arange(ROWS) % 3]
    run = epochal.fit(model, X, y, verbose=1)
    assert re.search(r"f1 \[\S+ \S+ \S+\]", capsys.readouterr().out)
    assert np.shape(run.history["f1"][0]) == (3,)


@pytest.mark.parametrize("call", ["fit", "evaluate", "predict"])
def test_a_silent_call_writes_nothing(call, capsys):
    arguments: tuple[Any, ...] = (X,) if call == "predict" else (X, Y)
    getattr(epochal, call)(dense_net(), *arguments, verbose=0)
    assert capsys.readouterr() == ("", "")


def test_evaluation_and_prediction_write_one_line(capsys):
    model = dense_net(metrics=["mae"])
    epochal.evaluate(model, X, Y)
    epochal.predict(model, X)
    first, second = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"evaluate  loss \d+\.\d+  mae \d+\.\d+  .* s  [\d,]+ rows/s", first)
    assert re.fullmatch(r"predict .*\d s  [\d,]+ rows/s", second)


def test_the_bar_counts_training_alone_and_goes_away_when_interrupted(monkeypatch):
    screen = console()
    monkeypatch.setattr("epochal.training.progress.Console", lambda: screen)
    epochal.fit(dense_net(), X, Y, batch_size=8, validation_split=0.5, epochs=2, verbose=1)
    counts = {int(done) for done in re.findall(r"(\d+)/3 ", written(screen))}
    assert counts
    assert max(counts) <= 3

    def strike(batch: int, logs: Any) -> None:
        raise KeyboardInterrupt

    strikes = keras.callbacks.LambdaCallback(on_train_batch_end=strike)
    with pytest.raises(KeyboardInterrupt):
        epochal.fit(dense_net(), X, Y, verbose=1, callbacks=[strikes])
    assert isinstance(screen.file, StringIO)
    raw = screen.file.getvalue()
    hidden, shown = raw.rfind("\x1b[?25l"), raw.rfind("\x1b[?25h")
    assert 0 < hidden < shown  # the cursor is back
