"""What each member of a population is: its seed, its settings, and the model that they make."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from epochal.bridge.build import seeded_building
from epochal.bridge.checks import check_compiled_model, check_layer_graph
from epochal.bridge.cloning import untrained_copy
from epochal.bridge.state import derived_seed
from epochal.bridge.varied_settings import check_settings
from epochal.checks import check_whole, describe_kind
from epochal.errors import InputError

Builder = Callable[..., keras.Model]

# What a member may have its own of among the arguments of `fit`; all else is its model's.
OF_FIT = ("batch_size", "epochs", "shuffle", "class_weight", "schedule")
LARGEST_SEED = 2**32 - 1  # that NumPy's global generator takes
MOST_MEMBERS = 100_000


@dataclass(frozen=True, kw_only=True)
class MemberSettings:
    """One member before it is trained.

    Attributes
    ----------
    settings : dict
        As they were given, without the seed.
    seed : int
        Decides its initial weights, the order of its rows and its dropout.
    """

    number: int
    settings: Mapping[str, Any]
    seed: int

    @property
    def of_fit(self) -> dict[str, Any]:
        """Those that are arguments of `fit`."""
        return {name: value for name, value in self.settings.items() if name in OF_FIT}

    @property
    def of_model(self) -> dict[str, Any]:
        """Those that the model is made from."""
        return {name: value for name, value in self.settings.items() if name not in OF_FIT}


def members_of(given: Any, seed: int) -> list[MemberSettings]:
    """The members: so many alike, or one for each mapping of settings."""
    if isinstance(given, Iterable) and not isinstance(given, str | Mapping):
        every = list(given)
        if not every:
            raise InputError("members must hold at least one member, got none: give a number.")
    else:
        count = check_whole("members", given, 1, "give a number, or a list of settings")
        if count > MOST_MEMBERS:
            raise InputError(f"members must be at most {MOST_MEMBERS:,}, got {count:,}: give less.")
        every = [{}] * count
    for number, settings in enumerate(every):
        if not isinstance(settings, Mapping) or not all(isinstance(name, str) for name in settings):
            raise InputError(
                f"members[{number}] must be a dict of settings, got {describe_kind(settings)}: "
                "write {'learning_rate': 0.01}."
            )
    return [_member(number, settings, seed) for number, settings in enumerate(every)]


def _member(number: int, settings: Mapping[str, Any], seed: int) -> MemberSettings:
    own = settings.get("seed", derived_seed(seed, 5, number))
    check_whole(f"members[{number}]'s seed", own, 0, "leave it out")
    if own > LARGEST_SEED:
        raise InputError(f"members[{number}]'s seed must be below 2**32, got {own}: leave it out.")
    kept = {name: value for name, value in settings.items() if name != "seed"}
    return MemberSettings(number=number, settings=kept, seed=int(own))


def check_source(source: Any, members: Sequence[MemberSettings]) -> None:
    """Refuse what is neither a model nor a builder, and settings that it does not take."""
    if isinstance(source, keras.Model):
        check_layer_graph(
            source, "train_population", instead="give a function that builds and compiles one"
        )
        check_compiled_model(source, "train_population")
        for member in members:
            check_settings(
                source,
                member.of_model,
                of=f"members[{member.number}]",
                other=f"fit ({', '.join(OF_FIT)})",
            )
        return
    if not callable(source):
        raise InputError(
            f"model_or_builder must be a keras.Model or a function that builds and compiles one, "
            f"got {describe_kind(source)}: pass one of the two."
        )
    signature = inspect.signature(source)
    for member in members:
        try:
            signature.bind(**_arguments(source, member))
        except TypeError as error:
            raise InputError(
                f"members[{member.number}] must hold settings that model_or_builder takes, got "
                f"{sorted(member.of_model)} ({error}): give the function such arguments."
            ) from error


def build_member(source: keras.Model | Builder, member: MemberSettings) -> keras.Model:
    """The compiled model of a member, its weights drawn by its seed."""
    with seeded_building(member.seed):
        if not isinstance(source, keras.Model):
            model = source(**_arguments(source, member))
            check_compiled_model(model, "train_population")
            return model
        return untrained_copy(source, member.of_model)


def _arguments(builder: Builder, member: MemberSettings) -> dict[str, Any]:
    """The settings, and the seed where the builder takes one."""
    takes_seed = "seed" in inspect.signature(builder).parameters
    return dict(member.of_model) | ({"seed": member.seed} if takes_seed else {})


def drawn_seed() -> int:
    """A seed where none was given."""
    return int(np.random.SeedSequence().generate_state(1)[0])
