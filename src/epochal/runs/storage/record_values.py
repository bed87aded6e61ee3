"""Checks of values as a `run.json` holds them."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from epochal.scoring import Interval

Check = Callable[[Any], bool]

_LARGEST = 1e300  # of a score: larger integers do not even fit a float


def is_text(value: Any) -> bool:
    """Whether it is one."""
    return isinstance(value, str)


def list_of(check: Check) -> Check:
    """Whether a value is a list of such values."""
    return lambda value: isinstance(value, list) and all(map(check, value))


are_texts = list_of(is_text)


def is_mapping(value: Any) -> bool:
    """Whether it is an object of JSON's."""
    return isinstance(value, dict)


def are_texts_by_name(value: Any) -> bool:
    """Whether it is an object of texts."""
    return is_mapping(value) and all(map(is_text, value.values()))


def has_fields_of(kind: type, value: Any) -> bool:
    """Whether `value` has exactly the fields of a dataclass."""
    return is_mapping(value) and set(value) == {field.name for field in fields(kind)}


def is_count(value: Any) -> bool:
    """Whether it is a whole number from 0 on, of a sensible size."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**32


def is_number(value: Any) -> bool:
    """Whether it is a number that fits a float, or None."""
    return value is None or (isinstance(value, int | float) and abs(value) <= _LARGEST)


def are_counts(value: Any) -> bool:
    """Whether it is an object of counts."""
    return is_mapping(value) and all(map(is_count, value.values()))


def is_known_number(value: Any) -> bool:
    """Whether it is a number, and not None."""
    return value is not None and is_number(value)


def all_texts_of(kind: type) -> Check:
    """Whether a value is a list of dataclasses whose fields are texts."""
    return list_of(lambda one: has_fields_of(kind, one) and all(map(is_text, one.values())))


def is_interval(value: Any) -> bool:
    """Whether it is a score with its interval."""
    return has_fields_of(Interval, value) and all(map(is_number, value.values()))
