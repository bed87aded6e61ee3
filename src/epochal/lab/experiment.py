"""What an experiment is: data, models and settings, and the figure that the documents quote."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Curves = Mapping[str, Sequence[float]]


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How much of an experiment is run.

    Attributes
    ----------
    name : str
    rows : int or None
        Training rows, from the first on; None means all of them.
    held_out : int or None
        Validation rows and test rows.
    most_epochs : int or None
        Where the documents train longer than this, this is what is trained.
    samples : int or None
        The most Monte-Carlo samples.
    """

    name: str
    rows: int | None = None
    held_out: int | None = None
    most_epochs: int | None = None
    samples: int | None = None

    def epochs(self, documented: int) -> int:
        """Epochs to train where the documents train `documented`."""
        return min(documented, self.most_epochs or documented)

    def monte_carlo_samples(self, documented: int) -> int:
        """Samples to draw where the documents draw `documented`."""
        return min(documented, self.samples or documented)


SMALL = Scale(name="small", rows=2000, held_out=500, most_epochs=2, samples=10)
FULL = Scale(name="full")
ALL_SCALES = {scale.name: scale for scale in (SMALL, FULL)}


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one arm of an experiment came to, with one seed.

    Attributes
    ----------
    value : float
        In the unit of the experiment's measure; accuracies as shares in 0..1.
    epochs : int or None
        Epochs until the weights that `value` is of; None where nothing was trained.
    seconds_per_epoch : float or None
        Median over the epochs after the first.
    verdict : str
        What the run says of itself, where that is the point; shown behind the arm's name.
    curves : mapping of str to sequence of float
        What is drawn: a value an epoch, or the points of "x" and "y".
    """

    value: float
    epochs: int | None = None
    seconds_per_epoch: float | None = None
    verdict: str = ""
    curves: Curves = field(default_factory=dict)

    def with_curve(self, name: str, values: Sequence[float]) -> "Result":
        """The same, with one more curve."""
        return replace(self, curves={**self.curves, name: values})


Arms = Mapping[str, Result]  # what is compared -> what it came to


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """One claim of the documents, and how it is put to the test.

    Attributes
    ----------
    name : str
        What the command line calls it.
    title, claim, source : str
        What it is about, what the documents say, and in which of them.
    measure : str
        What is measured. `percent` says that it is a share.
    run : callable
        ``run(scale, seed)`` yields each arm and its `Result` as they come.
    draw : callable
        A picture of the results, which are given by seed.
    quoted : mapping of str to float
        The documents' figure, by arm, in the unit of the measure.
    seeds : sequence of int
        At least three where anything is random.
    why : str
        What the page says where ours and the quoted figure, or the claim, part.
    revision : int
        Raised by one when a change of the code changes what comes out: results of another revision
        count as not yet run.
    """

    name: str
    title: str
    claim: str
    source: str
    measure: str
    run: Callable[[Scale, int], Iterator[tuple[str, Result]]]
    draw: "Callable[[Sequence[Arms]], Figure]"
    percent: bool = True
    quoted: Mapping[str, float] = field(default_factory=dict)
    seeds: Sequence[int] = (0, 1, 2)
    why: str = ""
    revision: int = 1
