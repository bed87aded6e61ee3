"""`skops.io` without the list of what it trusts, until something is loaded.

To name every estimator of scikit-learn, skops imports all of scikit-learn, which takes longer than
to train a small network. Only loading a file asks for that list: until then a promise of it does.
Nor does a file that holds nothing but parts that are named, inside `trusting_only_named_parts`.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from types import ModuleType

_TRUSTED = "skops.io._trusted_types"

_only_named = ContextVar("_only_named", default=False)


@contextmanager
def trusting_only_named_parts() -> Iterator[None]:
    """Inside this skops trusts what `trusted` names and little else: its promises are empty lists.

    In a process that had imported skops before epochal it trusts what it ever does.
    """
    token = _only_named.set(True)
    try:
        yield
    finally:
        _only_named.reset(token)


class _Promised(Sequence[str]):
    """A list of names that is made when it is read."""

    def __init__(self, read: Callable[[], list[str]]) -> None:
        self._read = read

    def __getitem__(self, index: int) -> str:  # type: ignore[override]
        return self._read()[index]

    def __len__(self) -> int:
        return len(self._read())

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __add__(self, other: Sequence[str]) -> list[str]:
        return [*self._read(), *other]

    def __radd__(self, other: Sequence[str]) -> list[str]:
        return [*other, *self._read()]


class _Promises(ModuleType):
    """Stands for the module of lists while skops is imported."""

    def __getattr__(self, name: str) -> _Promised:
        if not name.endswith("_NAMES"):
            raise AttributeError(name)
        return _Promised(
            lambda: [] if _only_named.get() else getattr(import_module(_TRUSTED), name)
        )


def import_skops_io() -> ModuleType:
    """The module `skops.io`."""
    if "skops.io" in sys.modules:
        return sys.modules["skops.io"]
    sys.modules[_TRUSTED] = _Promises(_TRUSTED)
    try:
        return import_module("skops.io")
    finally:
        del sys.modules[_TRUSTED]
