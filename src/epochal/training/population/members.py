"""A member of a population whose turn has come."""

from collections.abc import Sequence
from dataclasses import dataclass

import keras

from epochal.training.population.rows import MemberRows
from epochal.training.population.settings import MemberSettings


@dataclass(frozen=True, kw_only=True)
class PlannedMember:
    """A member before it is trained: its settings, its rows, and callbacks of its own."""

    settings: MemberSettings
    rows: MemberRows
    callbacks: Sequence[keras.callbacks.Callback]
