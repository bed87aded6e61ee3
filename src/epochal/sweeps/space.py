"""What a sweep may choose: each parameter's range or choices as an Optuna distribution."""

import itertools
import json
import math
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    distribution_to_json,
)

from epochal.checks import describe_kind
from epochal.errors import InputError

_FORMS = "give (low, high), (low, high, 'log'), a list of choices, or an Optuna distribution"
_STORED = (type(None), bool, int, float, str)  # what a storage takes as a choice


class Space:
    """The parameters of a sweep.

    Parameters
    ----------
    given : mapping of str to range, list or distribution
        As `epochal.sweep` takes it.
    digits : int or None
        Significant digits that settings are rounded to; None leaves them as they are chosen.

    Attributes
    ----------
    distributions : dict of str to optuna.distributions.BaseDistribution

    Raises
    ------
    InputError
        There is no parameter, or one of these is none of the forms; bounds that do not rise; a
        logarithmic range from 0 or less.

    Examples
    --------
    >>> space = Space({"rate": (1e-4, 1e-1, "log"), "hidden": [(8,), (8, 8)]})
    >>> space.settings_of({"rate": 0.01, "hidden": "(8, 8)"})
    {'rate': 0.01, 'hidden': (8, 8)}
    """

    def __init__(self, given: Any, digits: int | None = None) -> None:
        self._digits = digits
        if not isinstance(given, Mapping) or not given:
            raise InputError(
                f"space must map names of parameters to what each may be, got "
                f"{describe_kind(given)}: write {{'learning_rate': (1e-4, 1e-1, 'log')}}."
            )
        self._choices: dict[str, dict[str, Any]] = {}
        self.distributions = {str(name): self._of(str(name), form) for name, form in given.items()}

    def settings_of(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """A trial's parameters as a member of a population takes them."""
        return {
            name: self._choices[name][value] if name in self._choices else self._rounded(value)
            for name, value in params.items()
        }

    def _rounded(self, value: Any) -> Any:
        rounds = self._digits is not None and isinstance(value, float)
        return float(f"{value:.{self._digits}g}") if rounds else value

    def params_of(self, settings: Mapping[str, Any]) -> dict[str, Any] | None:
        """The parameters of a trial with these settings; None where it is not in the space.

        Examples
        --------
        >>> Space({"hidden": [(8,)], "rate": (1, 2)}).params_of({"hidden": (8,), "rate": 2})
        {'hidden': '(8,)', 'rate': 2}
        """
        params = {
            name: str(settings[name]) if name in self._choices else settings[name]
            for name in self.distributions
        }
        inside = all(_is_in(each, params[name]) for name, each in self.distributions.items())
        return params if inside else None

    def described(self) -> dict[str, str]:
        """The space as a study keeps it, to be compared with another."""
        return {name: distribution_to_json(each) for name, each in self.distributions.items()}

    def grid(self, most: int) -> list[dict[str, Any]] | None:
        """Every combination of choices; None where there are ranges, or more than `most`."""
        choices = [
            [(name, choice) for choice in each.choices]
            for name, each in self.distributions.items()
            if isinstance(each, CategoricalDistribution)
        ]
        if len(choices) < len(self.distributions) or math.prod(map(len, choices)) > most:
            return None
        return [dict(chosen) for chosen in itertools.product(*choices)]

    def _of(self, name: str, form: Any) -> BaseDistribution:
        if isinstance(form, BaseDistribution):
            return form
        if isinstance(form, list):
            return self._of_choices(name, form)
        if not isinstance(form, tuple) or len(form) not in (2, 3):
            raise InputError(f"space[{name!r}] must be a range or choices, got {form!r}: {_FORMS}.")
        low, high = form[:2]
        if form[2:] not in ((), ("log",)) or not all(map(_is_number, (low, high))):
            raise InputError(
                f"space[{name!r}] must have two finite numbers as bounds, got {form!r}: {_FORMS}."
            )
        if not low < high:
            raise InputError(
                f"space[{name!r}] must have its lower bound first, got {form!r}: write "
                f"({high!r}, {low!r}), or [{low!r}] for one value."
            )
        log = len(form) == 3
        if log and low <= 0:
            raise InputError(
                f"space[{name!r}] must begin above 0 on a logarithmic scale, got {form!r}: begin "
                f"at {high / 1000:g}, say, or leave 'log' out."
            )
        if isinstance(low, Integral) and isinstance(high, Integral):
            return IntDistribution(int(low), int(high), log=log)
        return FloatDistribution(float(low), float(high), log=log)

    def _of_choices(self, name: str, choices: list[Any]) -> CategoricalDistribution:
        if not choices:
            raise InputError(f"space[{name!r}] must have a choice, got []: {_FORMS}.")
        if all(isinstance(choice, _STORED) for choice in choices):
            return CategoricalDistribution(choices)
        self._choices[name] = {str(choice): choice for choice in choices}
        return CategoricalDistribution(list(self._choices[name]))


def same(described: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two descriptions are of one space, in whatever order.

    Examples
    --------
    >>> one = Space({"a": [1, 2], "b": (0.0, 1.0)}).described()
    >>> same(one, Space({"b": (0.0, 1.0), "a": [1, 2]}).described())
    True
    """
    return {name: json.loads(text) for name, text in described.items()} == {
        name: json.loads(text) for name, text in other.items()
    }


def _is_in(distribution: Any, value: Any) -> bool:
    if isinstance(distribution, CategoricalDistribution):
        return value in distribution.choices
    return _is_number(value) and bool(distribution.low <= value <= distribution.high)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
