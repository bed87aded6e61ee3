"""JAX's random numbers by NumPy: those of a key, without a program to compile.

The initial weights of a small network are a few thousand numbers. XLA compiles a program for each
shape and distribution, which takes longer than to train the network. The bits are JAX's (Threefry
with 20 rounds; Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), and so are
uniform numbers. Normal ones come through the same polynomials, evaluated in float64 and rounded
once: they differ from JAX's by its rounding, and are the same on every machine.
"""

import math

import numpy as np

BLOCK = 1 << 14  # numbers: what they need fits into the cache of a core
_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA
# M. Giles, "Approximating the erfinv function" (2010), single precision, as XLA has it: in
# w - 2.5 below 5, and in sqrt(w) - 3 from there on, with w = -log(1 - x**2); highest power first.
_CENTRE = (
    2.81022636e-08,
    3.43273939e-07,
    -3.5233877e-06,
    -4.39150654e-06,
    0.00021858087,
    -0.00125372503,
    -0.00417768164,
    0.246640727,
    1.50140941,
)
_TAIL = (
    -0.000200214257,
    0.000100950558,
    0.00134934322,
    -0.00367342844,
    0.00573950773,
    -0.0076224613,
    0.00943887047,
    1.00167406,
    2.83297682,
)


def random_bits(key: tuple[int, int], first: int, last: int) -> np.ndarray:
    """The words `first` to `last` of a key's stream, uint32, below 2**32 of them."""
    keys = np.array([*key, key[0] ^ key[1] ^ _PARITY], np.uint32)
    x = np.full(last - first, keys[0])
    y = np.arange(first, last, dtype=np.uint32) + keys[1]
    for turn in range(5):
        for distance in _ROTATIONS[turn % 2]:
            x += y
            y = (y << np.uint32(distance)) | (y >> np.uint32(32 - distance))
            y ^= x
        x += keys[(turn + 1) % 3]
        y += keys[(turn + 2) % 3]
        y += np.uint32(turn + 1)
    mixed: np.ndarray = x ^ y
    return mixed


def uniform(key: tuple[int, int], shape: tuple[int, ...], low: float, high: float) -> np.ndarray:
    """Numbers of [low, high), float32, as `jax.random.uniform` draws them."""
    drawn = np.empty(math.prod(shape), np.float32)
    for first in range(0, drawn.size, BLOCK):
        last = min(first + BLOCK, drawn.size)
        drawn[first:last] = _between(random_bits(key, first, last), low, high)
    return drawn.reshape(shape)


def normal(key: tuple[int, int], shape: tuple[int, ...]) -> np.ndarray:
    """Standard normal numbers, float32, as `jax.random.normal` draws them."""
    return _quantiles(key, shape, float(np.nextafter(np.float32(-1), np.float32(0))), 1.0)


def truncated_normal(key: tuple[int, int], shape: tuple[int, ...]) -> np.ndarray:
    """Standard normal numbers between -2 and 2, float32: `jax.random.truncated_normal`."""
    end = math.erf(math.sqrt(2))
    most = np.nextafter(np.float32(2), np.float32(0))
    cut: np.ndarray = np.clip(_quantiles(key, shape, -end, end), -most, most)
    return cut


def _between(bits: np.ndarray, low: float, high: float) -> np.ndarray:
    """Bits as float32 of [low, high): one multiplication with addition, rounded once."""
    least, span = np.float32(low), np.float32(high) - np.float32(low)
    unit = (bits >> np.uint32(9) | np.uint32(0x3F800000)).view(np.float32) - np.float32(1)
    numbers = (unit.astype(np.float64) * span + least).astype(np.float32)
    kept: np.ndarray = np.maximum(numbers, least)
    return kept


def _quantiles(key: tuple[int, int], shape: tuple[int, ...], low: float, high: float) -> np.ndarray:
    """sqrt(2) times the inverse of the error function at numbers of [low, high), float32."""
    drawn = np.empty(math.prod(shape), np.float32)
    for first in range(0, drawn.size, BLOCK):
        last = min(first + BLOCK, drawn.size)
        x = _between(random_bits(key, first, last), low, high).astype(np.float64)
        w = -np.log1p(-x * x)
        p = np.polyval(_CENTRE, w - 2.5)
        beyond = w >= 5
        p[beyond] = np.polyval(_TAIL, np.sqrt(w[beyond]) - 3)
        drawn[first:last] = np.float32(math.sqrt(2)) * (p * x).astype(np.float32)
    return drawn.reshape(shape)
