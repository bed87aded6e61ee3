"""What is trained: the network, its data, optimiser and batch size, and the speed to reach."""

from dataclasses import dataclass, field
from itertools import pairwise

CLASSES = 10


@dataclass(frozen=True, kw_only=True)
class Network:
    """A feed-forward network that ends in ten classes."""

    hidden: tuple[int, ...]
    activation: str
    initializer: str
    dropout: float = 0.0
    """Rate of a dropout layer before each dense one; 0 for none."""
    normalized: bool = False
    """Whether a batch normalisation follows each hidden layer."""


@dataclass(frozen=True, kw_only=True)
class Workload:
    """One row of the table."""

    name: str
    data: str
    rows: int
    columns: int
    network: Network
    optimizer: str
    learning_rate: float
    batch_size: int
    peers: tuple[str, ...]
    targets: dict[tuple[str, str], float] = field(default_factory=dict)
    """(one of epochal's engines, peer) -> how many times faster than the peer it is to be."""

    @property
    def operations(self) -> float:
        """Multiplications and additions of an epoch's matrix products.

        Three products a layer; the first has no gradient of its inputs.
        """
        widths = (self.columns, *self.network.hidden, CLASSES)
        weights = [a * b for a, b in pairwise(widths)]
        return self.rows * (6.0 * sum(weights) - 2.0 * weights[0])


JAX, JAX_STEPS, TENSORFLOW, TORCH, EPOCHAL = "jax", "jax-steps-32", "tensorflow", "torch", "epochal"
EPOCHAL_XLA, TORCH_TUNED = "epochal-xla", "torch-tuned"
TITLES = {
    EPOCHAL: "epochal.fit",
    EPOCHAL_XLA: "epochal.fit, engine='xla'",
    JAX: "Keras on JAX, model.fit",
    JAX_STEPS: "Keras on JAX, steps_per_execution=32",
    TENSORFLOW: "Keras on TensorFlow, model.fit",
    TORCH: "torch, eager loop",
}

SMALL = Network(hidden=(300, 100), activation="relu", initializer="glorot_uniform")
SMALL_DROPOUT = Network(
    hidden=(300, 100), activation="relu", initializer="glorot_uniform", dropout=0.2
)
SMALL_NORMALIZED = Network(
    hidden=(300, 100), activation="relu", initializer="glorot_uniform", normalized=True
)
DEEPEST = Network(hidden=(300, *(100,) * 99), activation="selu", initializer="lecun_normal")
DEEP = Network(hidden=(100,) * 20, activation="elu", initializer="he_normal")

# Keras' default learning rates.
RATES = {"sgd": 0.01, "adam": 0.001}


# Of the small network at batches of 32.
TARGETS = {
    (EPOCHAL_XLA, JAX): 2.3,
    (EPOCHAL_XLA, TENSORFLOW): 6.0,
    (EPOCHAL_XLA, TORCH): 2.3,
    (EPOCHAL, EPOCHAL_XLA): 2.2,
    (EPOCHAL, JAX): 5.0,
    (EPOCHAL, TENSORFLOW): 15.0,
    (EPOCHAL, TORCH): 5.0,
}


NETWORKS = {"A": SMALL, "A-dropout": SMALL_DROPOUT, "A-bn": SMALL_NORMALIZED}


# More steps an execution have never changed much: one workload shows it.
EVERYONE = tuple(peer for peer in TITLES if peer != JAX_STEPS)


def _fashion(
    optimizer: str,
    batch_size: int,
    network: str = "A",
    peers: tuple[str, ...] = EVERYONE,
    targets: dict[tuple[str, str], float] | None = None,
) -> Workload:
    return Workload(
        name=f"{network}-{optimizer}-{batch_size}",
        data="fashion-mnist",
        rows=27_500,  # half: an epoch of all takes some peers ten seconds
        columns=784,
        network=NETWORKS[network],
        optimizer=optimizer,
        learning_rate=RATES[optimizer],
        batch_size=batch_size,
        peers=peers,
        targets=targets or {},
    )


ALL_WORKLOADS = (
    *(
        _fashion(
            optimizer,
            batch,
            peers=tuple(TITLES) if (optimizer, batch) == ("sgd", 32) else EVERYONE,
            targets=TARGETS if batch == 32 else None,
        )
        for optimizer in ("sgd", "adam")
        for batch in (32, 128, 512)
    ),
    _fashion("sgd", 32, "A-dropout", targets={(EPOCHAL_XLA, JAX): 3.0, (EPOCHAL, JAX): 5.0}),
    _fashion("sgd", 32, "A-bn", peers=(EPOCHAL, EPOCHAL_XLA, JAX, TENSORFLOW)),
    Workload(
        name="B-nadam-32",
        data="cifar-10",
        rows=22_500,
        columns=3072,
        network=DEEP,
        optimizer="nadam",
        learning_rate=5e-5,
        batch_size=32,
        peers=(EPOCHAL, EPOCHAL_XLA, JAX, TENSORFLOW),
        targets={(EPOCHAL_XLA, JAX): 1.5, (EPOCHAL, JAX): 4.5, (EPOCHAL, TENSORFLOW): 14.0},
    ),
    Workload(
        name="C-sgd-32",
        data="fashion-mnist",
        rows=5_500,  # a tenth of all: its epochs are the longest
        columns=784,
        network=DEEPEST,
        optimizer="sgd",
        learning_rate=0.001,
        batch_size=32,
        peers=(EPOCHAL, EPOCHAL_XLA, JAX, TENSORFLOW),
        targets={(EPOCHAL, JAX): 3.5, (EPOCHAL, TENSORFLOW): 5.0},
    ),
)
BY_NAME = {workload.name: workload for workload in ALL_WORKLOADS}
