"""The counter-based hash of dropout's masks, as a plain loop over Python's integers."""

from statistics import NormalDist

_WORD = 0xFFFFFFFF


def mix(x: int) -> int:
    """lowbias32, Wellons (2018), https://nullprogram.com/blog/2018/07/31/."""
    x ^= x >> 16
    x = x * 0x7FEB352D & _WORD
    x ^= x >> 15
    x = x * 0x846CA68B & _WORD
    return x ^ (x >> 16)


def random_words(seed: tuple[int, int], count: int) -> list[int]:
    """`count` words of 32 bits for a seed state of two words."""
    one, two = seed
    first = mix((one * 0x9E3779B9 + two) & _WORD)
    second = mix(two ^ mix((one + 0x85EBCA6B) & _WORD))
    return [mix(mix((index + first) & _WORD) ^ second) for index in range(count)]


def random_normals(seed: tuple[int, int], count: int) -> list[float]:
    """Standard normal numbers: a word's upper 23 bits say which of 2**23 equal probabilities."""
    quantile = NormalDist().inv_cdf
    return [quantile(((word >> 9) + 0.5) / 2**23) for word in random_words(seed, count)]
