"""Which settings of a network and its training can be together."""

from epochal.errors import InputError
from epochal.runs.network_settings import NetworkSettings
from epochal.runs.setting_checks import VALIDATION_SIZE


def check_together(settings: NetworkSettings, test_size: float) -> None:
    """Refuse settings that cannot be together.

    Raises
    ------
    InputError
        Parts that leave no rows to train on, two ways to balance the classes, a regularizer of
        hidden layers without any, or a time beside what is tried without one.
    """
    validation = settings.validation_size or VALIDATION_SIZE
    if not test_size < 1 - validation:
        raise InputError(
            f"test_size must be a fraction above 0 and below {1 - validation:g} "
            f"({validation:.0%} of the rows are for validation), got {test_size!r}: give "
            "e.g. 0.2."
        )
    if settings.oversample and settings.class_weight is not None:
        raise InputError(
            "oversample must not be given with class_weight, got both, which do the same: leave "
            "one of them out."
        )
    for name in ("l2", "dropout"):
        if settings.hidden == () and getattr(settings, name):
            raise InputError(
                f"{name} must be left out of a network without hidden layers, which are what it "
                f"regularizes, got {getattr(settings, name):g}: leave it out."
            )
    tried = {"try_remedies": settings.try_remedies, "class_weight": settings.class_weight == "auto"}
    for name, asked in tried.items():
        if asked and settings.time is not None:
            value = f" {settings.class_weight!r}" if name == "class_weight" else ""
            raise InputError(
                f"time must not be given with {name}{value}, whose trainings come on top of it, "
                f"got {settings.time:g} s: leave one of them out, or give epochs."
            )
    if settings.tune is not None and settings.class_weight == "auto":
        raise InputError(
            "tune must not be given with class_weight 'auto', each of which needs the other's "
            "answer first, got both: leave one of them out."
        )


def check_members(settings: NetworkSettings, members: int) -> None:
    """Refuse a validation part where several networks have rows of their own to stop by.

    Raises
    ------
    InputError
        There are several networks, and the size of a validation part.
    """
    if settings.validation_size is not None and members > 1:
        raise InputError(
            "validation_size must be left out where several networks are trained, as each stops by "
            f"training rows that it leaves out, got {settings.validation_size:g} and {members} "
            "networks: leave it out, or train one (members=1)."
        )
