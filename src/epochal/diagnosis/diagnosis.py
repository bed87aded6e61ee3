"""What a run shows, and what to try next: the result of the rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from epochal.summary import html_summary
from epochal.translation import translatable, translate

KINDS = (
    translatable("diverged"),
    translatable("overfitting"),
    translatable("still improving"),
    translatable("underfitting"),
    translatable("fine"),
    translatable("unknown"),
)


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What a run shows, and what to try next.

    Sentence and remedy are in the language that was spoken when they were made.

    Attributes
    ----------
    kind : str
        One of `KINDS`: "diverged", "overfitting", "still improving", "underfitting", "fine" (which
        a fit is that kept the weights of its best epoch, too), or "unknown" where nothing tells (no
        validation data, no epoch).
    sentence : str
        What was seen, with its numbers.
    remedy : str
        What the guidelines would try next.
    evidence : mapping of str to float
        The numbers that it rests on, such as "best_epoch" (from 1), "rise", "low" and "high".
    """

    kind: str
    sentence: str
    remedy: str
    evidence: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        return translate(
            "{kind}: {sentence}. Next: {remedy}.",
            kind=translate(self.kind),
            sentence=self.sentence,
            remedy=self.remedy,
        )

    def _repr_html_(self) -> str:
        return html_summary(
            translate(self.kind),
            f"{self.sentence}.",
            translate("Next: {remedy}.", remedy=self.remedy),
        )
