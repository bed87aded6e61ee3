"""The scripts of examples/ run and do what they say."""

from pathlib import Path

import pytest

from examples import classify_table, fit_keras_model, train_table, transfer_learning


def test_fit_keras_model(capsys: pytest.CaptureFixture[str]) -> None:
    run = fit_keras_model.main(rows=1024, epochs=8)
    assert run.history["val_accuracy"][-1] > 0.65
    assert "validation accuracy" in capsys.readouterr().out


def test_classify_table(capsys: pytest.CaptureFixture[str]) -> None:
    model, accuracy = classify_table.main()
    assert accuracy > 0.9
    assert list(model.classes_) == [0, 1, 2]
    assert "test accuracy" in capsys.readouterr().out


def test_train_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    predictions = train_table.main(out=tmp_path / "run", epochs=5)
    assert (tmp_path / "run" / "report.html").is_file()
    assert (predictions["true_survived"] == predictions["prediction"]).mean() > 0.6
    printed = capsys.readouterr().out
    assert "test accuracy 0." in printed
    assert "['alive']" in printed


@pytest.mark.slow
@pytest.mark.usefixtures("data_folder")
def test_transfer_learning(capsys: pytest.CaptureFixture[str]) -> None:
    (scores,) = transfer_learning.main(rows=2000)
    assert scores.reused == scores.by_hand
    assert min(scores.alone, scores.reused, scores.pretrained_without_labels) > 0.9
    printed = capsys.readouterr().out
    assert f"{100 * scores.reused:.2f}%" in printed
    assert printed.splitlines()[-1].startswith("median")
