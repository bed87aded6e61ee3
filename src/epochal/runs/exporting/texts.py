"""Texts by their terms as operators of ONNX and of ONNX Runtime.

ONNX counts terms, but takes them as given; what cuts texts into words or characters is an operator
that ONNX Runtime has by itself.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from epochal.data.preprocessing.texts import TextEncoder
from epochal.runs.exporting.graph import OnnxGraph

_WORDS = r"[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]+"
"""The token pattern of `TextEncoder` in the syntax of RE2, whose ``\\w`` knows only ASCII."""


def add_text(graph: OnnxGraph, encoder: TextEncoder, given: str) -> str | None:
    """What the fitted encoder makes of a column of texts; None where it makes no feature of it.

    Parameters
    ----------
    graph : OnnxGraph
    encoder : TextEncoder
    given : str
        Texts (rows, 1); "" is missing.

    Returns
    -------
    str or None
        Float32 (rows, features).
    """
    if not encoder.width_:
        return None
    flat = graph.add("Squeeze", given, graph.constant([1], np.int64))
    # The locale that every Linux has; the letters are those of Unicode.
    lower = graph.add("StringNormalizer", flat, case_change_action="LOWER", locale="C.UTF-8")
    tokens = _words(graph, lower) if encoder.analyzer == "word" else _characters(graph, lower)
    counts = _counts(graph, tokens, encoder.terms_.split("\n"), encoder.analyzer)
    terms = _weighed(graph, counts, np.asarray(encoder.rarity_, np.float32))
    topics = terms
    if encoder.svd_ is not None:
        topics = graph.add("MatMul", terms, graph.constant(encoder.svd_.components_.T, np.float32))
    scaled = graph.add("Div", topics, graph.constant(encoder.scale_, np.float32))
    if encoder.weights_ is None:
        return scaled
    scores = graph.add("MatMul", terms, graph.constant(encoder.weights_, np.float32))
    scores = graph.add("Add", scores, graph.constant(encoder.bias_, np.float32))
    return graph.concatenate([scaled, scores])


def _words(graph: OnnxGraph, texts: str) -> str:
    """The words of each text, (rows, words), with "" after its last."""
    return graph.add("Tokenizer", texts, mark=0, mincharnum=1, pad_value="", tokenexp=_WORDS)


def _characters(graph: OnnxGraph, texts: str) -> str:
    """The characters of each text, (rows, characters), between spaces.

    scikit-learn counts within words, each with a space at both ends. Terms that span two words are
    in no vocabulary then, so that it is the same to count in the whole text.
    """
    pad = " "
    characters = graph.add("Tokenizer", texts, mark=0, mincharnum=1, pad_value=pad, separators=[""])
    # One column of spaces, of as many rows as there are texts.
    rows = graph.add("Shape", texts)
    width = graph.constant([1], np.int64)
    shape = graph.add("Concat", rows, width, axis=0)
    spaces = graph.add("Expand", graph.constant(np.array([[pad]], object)), shape)
    return graph.add("Concat", spaces, characters, spaces, axis=1)


def _counts(graph: OnnxGraph, tokens: str, vocabulary: Sequence[str], analyzer: str) -> str:
    """How often each text has each term, float32 (rows, terms)."""
    of_length: dict[int, list[tuple[int, list[str]]]] = {}
    for number, term in enumerate(vocabulary):
        tokens_of_term = term.split(" ") if analyzer == "word" else list(term)
        of_length.setdefault(len(tokens_of_term), []).append((number, tokens_of_term))
    longest = max(of_length)
    pool: list[str] = []
    starts, numbers = [], []
    for length in range(1, longest + 1):
        starts.append(len(pool))
        for number, tokens_of_term in of_length.get(length, ()):
            pool += tokens_of_term
            numbers.append(number)
    return graph.add(
        "TfIdfVectorizer",
        tokens,
        mode="TF",
        min_gram_length=min(of_length),
        max_gram_length=longest,
        max_skip_count=0,
        ngram_counts=starts,
        ngram_indexes=numbers,
        pool_strings=pool,
    )


def _weighed(graph: OnnxGraph, counts: str, rarity: Any) -> str:
    """1 + log of the counts, times the inverse document frequencies, at a length of 1."""
    one = graph.constant(1.0, np.float32)
    damped = graph.add("Add", graph.add("Log", graph.add("Max", counts, one)), one)
    present = graph.cast(graph.add("Greater", counts, graph.constant(0.0, np.float32)), np.float32)
    weighed = graph.add("Mul", graph.add("Mul", damped, present), graph.constant(rarity))
    length = graph.add("ReduceL2", weighed, axes=[1], keepdims=1)
    tiny = graph.constant(np.finfo(np.float32).tiny, np.float32)
    return graph.add("Div", weighed, graph.add("Max", length, tiny))
