"""What is trained: the network, its data, optimiser and batch size, and the speed to reach."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Network:
    """A feed-forward chain that ends in ten classes."""

    hidden: tuple[int, ...]
    activation: str
    initializer: str
    dropout: float = 0.0
    """Rate of a dropout layer before each dense one; 0 for none."""


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


JAX, JAX_STEPS, TENSORFLOW, TORCH, EPOCHAL = "jax", "jax-steps-32", "tensorflow", "torch", "epochal"
EPOCHAL_XLA = "epochal-xla"
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


def _fashion(optimizer: str, batch_size: int) -> Workload:
    return Workload(
        name=f"A-{optimizer}-{batch_size}",
        data="fashion-mnist",
        rows=55_000,
        columns=784,
        network=SMALL,
        optimizer=optimizer,
        learning_rate=RATES[optimizer],
        batch_size=batch_size,
        peers=(EPOCHAL, EPOCHAL_XLA, JAX, JAX_STEPS, TENSORFLOW, TORCH),
        targets=TARGETS if batch_size == 32 else {},
    )


ALL_WORKLOADS = (
    *(_fashion(optimizer, batch) for optimizer in ("sgd", "adam") for batch in (32, 128, 512)),
    Workload(
        name="A-dropout-sgd-32",
        data="fashion-mnist",
        rows=55_000,
        columns=784,
        network=SMALL_DROPOUT,
        optimizer="sgd",
        learning_rate=RATES["sgd"],
        batch_size=32,
        peers=(EPOCHAL, EPOCHAL_XLA, JAX, JAX_STEPS, TENSORFLOW, TORCH),
        targets={(EPOCHAL_XLA, JAX): 3.0, (EPOCHAL, JAX): 5.0},
    ),
    Workload(
        name="B-nadam-32",
        data="cifar-10",
        rows=45_000,
        columns=3072,
        network=DEEP,
        optimizer="nadam",
        learning_rate=5e-5,
        batch_size=32,
        peers=(EPOCHAL, EPOCHAL_XLA, JAX, JAX_STEPS, TENSORFLOW),
        targets={(EPOCHAL_XLA, JAX): 1.5, (EPOCHAL, JAX): 4.5, (EPOCHAL, TENSORFLOW): 14.0},
    ),
)
BY_NAME = {workload.name: workload for workload in ALL_WORKLOADS}
