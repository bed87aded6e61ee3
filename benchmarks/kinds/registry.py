"""All kinds, in the order of the table."""

from benchmarks.kinds import dense, images, optimizers, sequences, ways

GROUPS = {
    "Dense networks": dense.KINDS,
    "Convolutions": images.KINDS,
    "Sequences and categories": sequences.KINDS,
    "Ways of training": ways.KINDS,
    "Optimisers": optimizers.KINDS,
}
ALL_KINDS = tuple(kind for kinds in GROUPS.values() for kind in kinds)
BY_NAME = {kind.name: kind for kind in ALL_KINDS}
