"""Scores as the texts of a table."""

from collections.abc import Sequence

from epochal.scoring.bootstrap import NETWORK
from epochal.scoring.formatting import interval_text, score_text
from epochal.scoring.scores import Interval, Score
from epochal.translation import translate


def score_headings(scores: Sequence[Score]) -> list[str]:
    """Nothing above the names, then the network and each baseline."""
    return ["", *map(translate, (NETWORK, *scores[0].baselines))]


def score_rows(scores: Sequence[Score], between: str = " ") -> list[list[str]]:
    """A row for each score: its label, and what the network and each baseline came to.

    `between` separates a score and its interval.
    """

    def cell(score: Interval, percent: bool) -> str:
        value = score_text(score.value, percent)
        ends = interval_text(score.low, score.high, percent)
        return f"{value}{between}({ends})" if ends else value

    return [
        [
            score.title,
            *(cell(each, score.percent) for each in (score.network, *score.baselines.values())),
        ]
        for score in scores
    ]
