"""The page of a sweep: what is alike and what is worse, and that every text is escaped."""

from html import unescape
from typing import Any

import optuna
import pytest
from optuna.distributions import FloatDistribution
from optuna.trial import create_trial

from epochal.report.sweep_page import render_sweep
from epochal.sweeps import Sweep
from epochal.sweeps.board import RESULT
from epochal.sweeps.space import Space
from epochal.translation import language


def sweep_of(values: list[list[float]], ended: str = "") -> Sweep:
    """A setting for each list of values, whose number is its rate."""
    study = optuna.create_study()
    for number, fits in enumerate(values):
        study.add_trial(
            create_trial(
                params={"rate": float(number)},
                distributions={"rate": FloatDistribution(0, 9)},
                value=sum(fits) / len(fits),
                user_attrs={
                    RESULT: [
                        {"value": value, "epochs": 1, "weights": 5, "seconds": 1.0}
                        for value in fits
                    ]
                },
            )
        )
    return Sweep(
        study=study,
        space=Space({"rate": (0.0, 9.0)}),
        objective="val_<loss>",
        higher_is_better=False,
        seeds=(0, 1, 2),
        rows=None,
        ended=ended,
    )


def page_of(found: Sweep) -> str:
    names: dict[str, Any] = {"target": "a<b>", "source": "t&c.csv"}
    return render_sweep(found, command="epochal train 'x<y'", created="now", **names)


CLOSE = [[0.50, 0.52, 0.51], [0.51, 0.51, 0.52], [0.9, 0.91, 0.92]]


@pytest.fixture(scope="module")
def page() -> str:
    return page_of(sweep_of(CLOSE, ended="out of time"))


def test_settings_stand_where_they_belong(page: str) -> None:
    alike, worse = page.split('id="worse"')
    assert '<th scope="row">1</th>' in alike
    assert '<th scope="row">2</th>' in worse.split("</section>")[0]
    assert "1 of 1. All settings are in settings.csv" in worse
    assert "3 settings were tried; the same command goes on." in page


def test_texts_are_escaped_and_nothing_is_loaded(page: str) -> None:
    for text in ("a<b>", "t&c.csv", "val_<loss>", "x<y"):
        assert text not in page
        assert text in unescape(page)
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_one_setting_has_neither_plots_nor_importances() -> None:
    page = page_of(sweep_of([[0.5, 0.6, 0.7]]))
    assert "<img" not in page
    assert "fANOVA" not in page
    assert 'id="worse"' not in page
    assert 'id="interrupted"' not in page


@pytest.mark.parametrize("code", ["en", "ko"])
def test_it_says_its_language(code: str) -> None:
    with language(code):
        assert f'<html lang="{code}">' in page_of(sweep_of([[0.5, 0.6, 0.7]]))
