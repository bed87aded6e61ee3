"""Which of many trainings goes on, and how long the others will take."""

from collections.abc import Callable, Mapping
from time import perf_counter

from epochal.runs.observer import Observer
from epochal.runs.plan import Plan
from epochal.runs.training import Trained, train_once
from epochal.translation import translate


class TrialProgress:
    """An observer of many trainings, which tells another which one goes on.

    Parameters
    ----------
    observer : Observer
        Is told the stages, in the current language.
    trainings : int
        How many there are.
    """

    def __init__(self, observer: Observer, trainings: int) -> None:
        self._observer, self._trainings = observer, trainings
        self._ended, self._began = 0, perf_counter()

    def training(self, what: str) -> Callable[[Plan], Trained]:
        """What trains for one remedy, or for the training as it is: `Trial.what`."""

        def train(plan: Plan) -> Trained:
            self._words = self._said(translate(what))
            trained = train_once(plan, self)
            self._ended += 1
            return trained

        return train

    def _said(self, what: str) -> str:
        words = {"what": what, "number": self._ended + 1, "count": self._trainings}
        if not self._ended:
            return translate("trying {what}: {number} of {count} trainings", **words)
        each = (perf_counter() - self._began) / self._ended
        return translate(
            "trying {what}: {number} of {count} trainings, about {time} left",
            time=duration_words(each * (self._trainings - self._ended)),
            **words,
        )

    def stage(self, words: str) -> None:
        """Tell of it, whatever the training itself says."""
        self._observer.stage(self._words)

    def epoch(self, epoch: int, epochs: int, logs: Mapping[str, float]) -> None:
        """Tell nothing: the stage has more to say than an epoch of one of many trainings."""


def duration_words(seconds: float) -> str:
    """A time in words, in the current language."""
    if seconds < 100:
        return translate("{seconds} s", seconds=max(1, round(seconds)))
    return translate("{minutes} min", minutes=round(seconds / 60))
