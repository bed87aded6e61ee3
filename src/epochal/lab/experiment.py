"""What an experiment is: data, models and settings, and the figures that its sources quote."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from epochal.lab.sources import Citation

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
        Number of training rows, from the first on; None means all of them.
    held_out : int or None
        Number of validation rows and of test rows; None means all of them.
    max_epochs : int or None
        Where an experiment trains longer than this, it trains this long; None means no limit.
    max_samples : int or None
        Maximum number of Monte-Carlo samples; None means no limit.
    """

    name: str
    rows: int | None = None
    held_out: int | None = None
    max_epochs: int | None = None
    max_samples: int | None = None

    def epochs(self, full: int) -> int:
        """Epochs to train at this scale where the full experiment trains `full`."""
        return min(full, self.max_epochs or full)

    def monte_carlo_samples(self, full: int) -> int:
        """Samples to draw at this scale where the full experiment draws `full`."""
        return min(full, self.max_samples or full)


SMALL = Scale(name="small", rows=2000, held_out=500, max_epochs=2, max_samples=10)
FULL = Scale(name="full")
ALL_SCALES = {scale.name: scale for scale in (SMALL, FULL)}


@dataclass(frozen=True, kw_only=True)
class Result:
    """The result of one variant of an experiment with one seed.

    Attributes
    ----------
    value : float
        In the unit of the experiment's measure; accuracies are fractions in [0, 1].
    epochs : int or None
        Epochs until the weights that `value` belongs to; None where nothing was trained.
    seconds_per_epoch : float or None
        Median over the epochs after the first; None where it was not measured.
    diagnosis : str
        The kind of the run's diagnosis, where that is what the experiment is about: it is shown
        after the variant's name.
    curves : mapping of str to sequence of float
        The series to draw: one value per epoch, or the points of "x" and "y".
    """

    value: float
    epochs: int | None = None
    seconds_per_epoch: float | None = None
    diagnosis: str = ""
    curves: Curves = field(default_factory=dict)

    def with_curve(self, name: str, values: Sequence[float]) -> "Result":
        """A copy with one more curve."""
        return replace(self, curves={**self.curves, name: values})


Variants = Mapping[str, Result]  # the name of each variant that is compared -> its result


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """One claim of the sources, and how it is tested.

    Attributes
    ----------
    name : str
        Its name on the command line.
    title, claim : str
        Its subject, and what the sources claim.
    sources : sequence of Citation
        Where they claim it, at least one.
    measure : str
        What is measured. `percent` says whether it is a fraction that is shown as a percentage.
    run : callable
        ``run(scale, seed)`` yields the name and the `Result` of each variant as they come.
    draw : callable
        Draws the results, which are given as one mapping per seed.
    quoted : mapping of str to float
        The figures that the sources quote, by variant, in the unit of the measure.
    seeds : sequence of int
        Three or more where anything is random, one where a run takes many minutes.
    discussion : str
        What explains the difference where our result differs from the quoted figure or the claim.
    revision : int
        Raised by one when a change of the code changes the results: those of another revision
        count as not yet run.
    """

    name: str
    title: str
    claim: str
    sources: Sequence[Citation]
    measure: str
    run: Callable[[Scale, int], Iterator[tuple[str, Result]]]
    draw: "Callable[[Sequence[Variants]], Figure]"
    percent: bool = True
    quoted: Mapping[str, float] = field(default_factory=dict)
    seeds: Sequence[int] = (0, 1, 2)
    discussion: str = ""
    revision: int = 1
