"""The page as text: what it says, that it needs nothing else, and that data stays data."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from epochal.report import render
from epochal.report.columns import MOST_COLUMNS
from epochal.translation import language

VOID = {"meta", "link", "br", "img", "input"}
ALLOWED = {
    *("html", "head", "meta", "title", "link", "style", "body", "header", "main", "section"),
    *("footer", "p", "h1", "h2", "h3", "span", "strong", "small", "code", "pre", "ul", "li", "i"),
    *("div", "figure", "figcaption", "table", "thead", "tbody", "tr", "th", "td", "dl", "dt", "dd"),
    *("svg", "line", "text", "path", "rect", "circle"),
}


class _Reader(HTMLParser):
    """Collects the elements, the text, and whether every element is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.attributes, self.texts, self.ids = [], set(), [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def _read(page):
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def test_the_page_is_well_formed_and_needs_nothing_else(content):
    page = render(content)
    reader = _read(page)
    assert reader.tags <= ALLOWED
    assert not any(name.startswith("on") or name == "src" for name, _ in reader.attributes)
    hrefs = [value for name, value in reader.attributes if name == "href"]
    assert hrefs == ["data:,"]
    assert "@import" not in page
    assert "url(" not in page
    assert re.search(r"https?://", page) is None


def test_every_section_is_there(contents):
    reader = _read(render(contents["binary"]()))
    for name in (
        *("summary", "outcome", "learning", "data", "reproduce", "leaks", "duplicates"),
        *("headline", "confusion", "calibration", "history-loss", "history-accuracy"),
        *("rate", "range-test"),
    ):
        assert name in reader.ids, name
    text = " ".join(reader.texts)
    assert "83.2%" in text
    assert "epochal train titanic --target survived --seed 0" in text
    assert "--keep alive" in text
    assert "14 of 179 test rows are duplicates" in text
    assert "interrupted" not in reader.ids


def test_what_was_tried_stands_on_the_page(contents):
    reader = _read(render(contents["binary"]()))
    assert "remedies" in reader.ids
    text = " ".join(" ".join(reader.texts).split())
    for words in (
        "Remedies To take it: --dropout 0.3",
        "Tried Score Gain (95% interval) Log loss Calibration",
        "as it is 79.1% 0.431 0.0412",
        "more dropout --dropout 0.3 79.1% −1.2% (−4.2% to 2.1%) 0.431 0.0412 better",
        "The score is average precision of fraud on 1,234 training rows",
    ):
        assert words in text, words


def test_a_regression_shows_residuals_and_says_that_it_was_interrupted(contents):
    reader = _read(render(contents["values"]()))
    assert {"residuals", "calibration", "interrupted"} <= set(reader.ids)
    assert not {"confusion", "leaks", "duplicates"} & set(reader.ids)


def test_several_targets_have_figures_each_under_an_id_of_its_own(contents):
    content = contents["values"]()
    outcome = content.outcome
    twice = replace(
        outcome,
        names=("a", "b"),
        truth=np.hstack([outcome.truth] * 2),
        predicted=np.hstack([outcome.predicted] * 2),
    )
    ids = _read(render(replace(content, outcome=twice))).ids
    assert {"residuals", "residuals-2", "calibration-2"} <= set(ids)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("spoken", ["en", "ko"])
def test_names_and_values_from_the_data_stay_text(contents, spoken):
    content = contents["hostile"]()
    with language(spoken):
        page = render(content)
    reader = _read(page)
    assert "<script" not in page
    assert "<img" not in page
    texts = "".join(reader.texts)
    # Once each for the target, a column, a setting, a version, a class, a baseline, a metric ...
    assert texts.count("<script>alert('x')</script>") > 15


def test_headline_sentence_and_picture_come_first(contents):
    page = render(replace(contents["binary"](), conclusion="Take <the> network."))
    order = [
        *("83.2%", "Take &lt;the&gt; network.", 'id="headline"', 'id="leaks"', 'id="duplicates"'),
        *('id="scores"', 'id="outcome"'),
    ]
    places = [page.index(words, page.index("<h1>")) for words in order]
    assert places == sorted(places)


def test_what_a_score_is_of_stands_beside_it(contents):
    content = contents["binary"]()
    scores = tuple(replace(score, of="yes") for score in content.scores)
    texts = _read(render(replace(content, scores=scores))).texts
    for score in scores:
        assert f"{score.name} of yes" in texts


def test_the_best_of_each_row_is_bold_and_no_number_is_never_best(contents):
    content = contents["values"]()
    nothing = replace(content.scores[0].network, value=np.nan, low=np.nan, high=np.nan)
    page = render(replace(content, scores=(replace(content.scores[0], network=nothing),)))
    assert re.findall(r'<td class="best"[^>]*>([^<]*)', page) == ["4.80"]


def test_very_many_columns_are_not_all_listed(contents):
    content = contents["binary"]()
    column = content.columns[0]
    many = tuple(replace(column, name=f"column {i}") for i in range(10_000))
    page = render(replace(content, columns=many))
    assert page.count("<td>numeric</td>") == MOST_COLUMNS
    assert "9,800 more columns are in run.json." in page


def test_a_history_that_diverged_is_still_drawn(contents):
    history = {"loss": [1.0, np.nan, np.inf], "val_loss": [np.nan] * 3}
    assert 'id="history-loss"' in render(replace(contents["binary"](), history=history))


def test_a_penalty_is_drawn_beside_the_validation_loss_without_it(content):
    content = replace(content, history={"loss": [2.0, 1.5], "val_loss": [1.9, 1.6]})
    penalty = np.array([0.3, 0.1])
    assert 'id="penalty"' not in render(content)
    page = render(replace(content, penalty=penalty))
    assert 'id="penalty"' in page
    assert "regularization penalty" in page
    assert "validation loss without it" in page
    alone = {"loss": [2.0, 1.5]}
    assert "without it" not in render(replace(content, penalty=penalty, history=alone))


def test_what_the_training_shows_stands_beside_its_curves(content):
    assert 'id="diagnosis"' not in render(content)
    page = render(replace(content, diagnosis="overfitting: from epoch <3> on. Next: L2."))
    assert '<p id="diagnosis">overfitting: from epoch &lt;3&gt; on. Next: L2.</p>' in page


def test_options_of_the_diagnosis_are_not_broken_and_its_names_are_escaped(content):
    advice = "overfitting: <b> rose. Next: --dropout 0.3, or --weight-decay 0.1."
    page = render(replace(content, diagnosis=advice))
    assert (
        "overfitting: &lt;b&gt; rose. Next: "
        '<span class="option">--dropout</span> 0.3, or '
        '<span class="option">--weight-decay</span> 0.1.' in page
    )
