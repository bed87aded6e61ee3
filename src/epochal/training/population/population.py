"""What training a population returns: its members, their histories and models, their ensemble."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import pandas as pd
from numpy.typing import NDArray

from epochal.errors import InputError
from epochal.summary import frame_table, html_summary
from epochal.training.ensemble import Ensemble
from epochal.training.population.selection import Voter, mean_predictions, selected_weights
from epochal.training.run import Run


@dataclass(frozen=True, kw_only=True, eq=False)
class Member:
    """One member after its training.

    Attributes
    ----------
    number : int
        Its place among the members that were asked for, from 0.
    settings : dict
        What it was given beside the plan.
    seed : int
        What decided its initial weights, the order of its rows, and its dropout.
    run : Run
        The record of its fit.
    rows, left_out : numpy.ndarray of int or None
        The rows of the data that it was trained on, and those that it left out; None for all, and
        for none.
    diverged : int or None
        The epoch, from 0, whose loss was not finite, which ended it.
    """

    number: int
    settings: Mapping[str, Any]
    seed: int
    run: Run
    rows: NDArray | None
    left_out: NDArray | None
    diverged: int | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Population:
    """Members that were trained together.

    Attributes
    ----------
    members : tuple of Member
        Those whose training ended, in order; where Ctrl-C came before any had, those that had an
        epoch.
    seed : int
        What all seeds of members follow from.
    interrupted : bool
        Whether Ctrl-C ended it, so that some members are missing.
    out_of_time : bool
        Whether its time did.
    """

    members: tuple[Member, ...]
    seed: int
    interrupted: bool
    out_of_time: bool = False

    def __len__(self) -> int:
        return len(self.members)

    def model(self, position: int) -> keras.Model:
        """A member's trained model, as `epochal.fit` leaves one: a plain Keras model.

        Raises
        ------
        InputError
            The member diverged.
        """
        member = self.members[position]
        if member.diverged is not None:
            raise InputError(
                f"model must be that of a member whose loss stayed finite, got member "
                f"{member.number}, whose loss did not in epoch {member.diverged + 1}: take one of "
                f"{[at for at, each in enumerate(self.members) if each.diverged is None]}."
            )
        model: keras.Model = member.run.model
        return model

    @property
    def converged(self) -> tuple[Member, ...]:
        """The members that did not diverge."""
        return tuple(member for member in self.members if member.diverged is None)

    def table(self) -> pd.DataFrame:
        """A row a member: number, settings, seed, epochs, last value of each metric, divergence."""
        return pd.DataFrame([_row(member) for member in self.members])

    def _repr_html_(self) -> str:
        ended = "interrupted, " if self.interrupted else ""
        return html_summary(
            f"{ended}{len(self)} members, {len(self.converged)} of them with a finite loss",
            table=frame_table(self.table()),
        )

    def ensemble(self, weights: Sequence[float] | None = None, average: str = "mean") -> Ensemble:
        """The average of the members that converged.

        Parameters
        ----------
        weights : sequence of float, optional
            One for each of `converged`, such as `greedy_weights` gives; None counts all alike.
        average : {"mean", "logits"}
            See `Ensemble`.

        Raises
        ------
        InputError
            Every member diverged; see `Ensemble`.
        """
        models = [voter.model for voter in self._voters()]
        return Ensemble(models=models, weights=weights, average=average)

    def left_out_predictions(
        self,
        x: Any,
        weights: Sequence[float] | None = None,
        of: Callable[[NDArray], NDArray] | None = None,
    ) -> NDArray:
        """What the members give, on average, for the rows that they left out, (rows, ...).

        Parameters
        ----------
        x : array_like
            The inputs that the population was trained on.
        weights : sequence of float, optional
            One for each of `converged`, such as `greedy_weights` gives; None counts all alike.
        of : callable, optional
            What the average is taken of: a function of a member's outputs, (rows, ...). None is
            the outputs.

        Returns
        -------
        numpy.ndarray
            NaN where no member left a row out.

        Raises
        ------
        InputError
            Every member diverged, or was trained on all rows.
        """
        voters = self._voters()
        given = [1.0] * len(voters) if weights is None else weights
        counted = [
            (voter, weight)
            for voter, weight in zip(voters, given, strict=True)
            if voter.left_out is not None and weight
        ]
        if not counted:
            raise InputError(
                "left_out_predictions must have members that left rows out, got none: train with "
                "rows='folds' or rows='bootstrap'."
            )
        return mean_predictions(
            [voter for voter, _ in counted], x, [weight for _, weight in counted], of
        )

    def greedy_weights(self, x: Any, y: Any, *, rounds: int = 50) -> NDArray:
        """Weights for `ensemble`, found on rows that the members were not trained on.

        From the best candidate on, each round adds the one, perhaps again, that makes the loss of
        the average the smallest; a weight is how often a candidate was taken. Members of equal
        settings are one candidate.

        Parameters
        ----------
        x, y : array_like
            The data that the population was trained on, where its members left rows out: each is
            judged on those. Otherwise data that none of them has seen.
        rounds : int
            How many candidates are taken, at least 1.

        Returns
        -------
        numpy.ndarray of shape (members that converged,)
            They add up to 1.

        Raises
        ------
        InputError
            Every member diverged; no row was left out by some member of each settings; the model's
            loss is none of Keras' for one output.

        References
        ----------
        R. Caruana et al., "Ensemble selection from libraries of models", ICML 2004.
        """
        return selected_weights(self._voters(), x, y, rounds)

    def _voters(self) -> list[Voter]:
        """The members that converged; at least one."""
        if not self.converged:
            raise InputError(
                f"The population must have a member whose loss stayed finite, got {len(self)} that "
                "diverged: lower the learning rate."
            )
        return [
            Voter(member.run.model, member.left_out, repr(sorted(member.settings.items())))
            for member in self.converged
        ]


def _row(member: Member) -> dict[str, Any]:
    last = {name: values[-1] for name, values in member.run.history.items() if values}
    return {
        "member": member.number,
        **member.settings,
        "seed": member.seed,
        "epochs": len(member.run.epoch),
        **last,
        "diverged": member.diverged is not None,
    }
