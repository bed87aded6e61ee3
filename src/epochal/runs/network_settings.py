"""The settings of the network and its training."""

from dataclasses import dataclass, field

from epochal.models.distribution_names import DISTRIBUTIONS
from epochal.models.guidelines import ALL_GUIDELINES
from epochal.runs import network_checks
from epochal.runs import setting_checks as checks
from epochal.runs.setting_field import described, one_of


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """Network and training; `epochal.runs.TrainSettings` documents them."""

    network: str = field(
        default="tabular", metadata=described(checks.check_network, f"{one_of(ALL_GUIDELINES)}.")
    )
    hidden: tuple[int, ...] | None = field(
        default=None,
        metadata=described(checks.check_hidden, "Units of each hidden layer, e.g. 100,100."),
    )
    distribution: str | None = field(
        default=None,
        metadata=described(
            network_checks.check_distribution,
            f"Predict one of each number, too: {one_of(DISTRIBUTIONS)}.",
        ),
    )
    members: int | None = field(
        default=None,
        metadata=described(checks.check_count, "Networks to train and average; 1 is quickest."),
    )
    epochs: int | None = field(
        default=None, metadata=described(checks.check_count, "Maximum number of epochs.")
    )
    batch_size: int | None = field(
        default=None, metadata=described(checks.check_count, "Batch size.")
    )
    time: float | None = field(
        default=None,
        metadata=described(checks.check_time, "Time for the training, e.g. 90s, 2m or 1h."),
    )
    tune: float | None = field(
        default=None,
        metadata=described(checks.check_time, "First choose settings within a time, e.g. 10m."),
    )
    learning_rate: float | None = field(
        default=None,
        metadata=described(network_checks.check_rate, "Highest learning rate, e.g. 0.001."),
    )
    dropout: float | None = field(
        default=None,
        metadata=described(network_checks.check_dropout, "Dropout of hidden layers, e.g. 0.3."),
    )
    l2: float | None = field(
        default=None,
        metadata=described(network_checks.check_penalty, "L2 of hidden layers, e.g. 0.001."),
    )
    weight_decay: float | None = field(
        default=None,
        metadata=described(network_checks.check_penalty, "Weight decay, e.g. 0.01."),
    )
    patience: int | None = field(
        default=None,
        metadata=described(checks.check_count, "Epochs without a gain before it stops."),
    )
    validation_size: float | None = field(
        default=None,
        metadata=described(
            network_checks.check_part, "Fraction of rows that a single network stops by."
        ),
    )
    class_weight: str | None = field(
        default=None,
        metadata=described(
            network_checks.check_class_weight,
            "balanced: weigh rare classes more; auto: where it helps.",
        ),
    )
    oversample: bool = field(
        default=False,
        metadata=described(checks.check_flag, "Repeat training rows of rare classes."),
    )
    try_remedies: bool = field(
        default=False,
        metadata=described(checks.check_flag, "Then try what the diagnosis advises."),
    )
    seed: int = field(default=0, metadata=described(checks.check_seed, "Random seed."))
