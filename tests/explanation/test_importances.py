"""The importances as sentences, and as JSON holds them."""

import json
from dataclasses import asdict

from epochal.explanation.importances import Importance, Importances
from epochal.scoring import Interval
from epochal.translation import language


def importance(low, *columns):
    return Importance(columns=columns, importance=Interval(value=low + 1, low=low, high=low + 2))


def importances(*groups):
    return Importances(score="AUC", percent=False, groups=groups, rows=9, repeats=2)


def test_the_sentence_names_the_first_three_that_are_told_from_0():
    many = importances(*(importance(1, name) for name in ("a", "b", "c", "d")))
    assert many.sentence == "most important columns: a, b, c"
    assert importances(importance(1, "a", "b")).sentence == "most important column: a (with b)"


def test_nothing_is_called_important_whose_interval_holds_0():
    assert importances(importance(-1, "a"), importance(0, "b")).sentence == (
        "on these rows no column's importance can be told from 0"
    )


def test_they_come_back_from_json():
    found = importances(importance(1, "a", "b"), importance(-1, "c"))
    assert Importances.from_dict(json.loads(json.dumps(asdict(found)))) == found


def test_the_sentence_speaks_the_current_language():
    with language("ko"):
        many = importances(importance(1, "a", "b"), importance(1, "c"), importance(-1, "d"))
        assert many.sentence == "가장 중요한 열: a(b 포함), c"
        assert importances(importance(-1, "a")).sentence == (
            "이 행들로는 중요도를 0과 구별할 수 있는 열이 없습니다"
        )
