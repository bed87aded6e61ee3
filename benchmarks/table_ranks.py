"""Ranks, relative errors and win rates over the results of `benchmarks.tables`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.markdown import table
from benchmarks.table_methods import ABLATIONS

OURS, LINEAR = "epochal", "linear"
DRAWS = 2000


def summary_of(results: Sequence[Any]) -> str:
    """The methods over the tables and splits that all of them have run.

    Slow methods may have run fewer: then there is a table of those that have run most, one of those
    that have run the next number, and so on.
    """
    frame = pd.DataFrame(results)
    counts = frame.groupby("method").size()
    parts = []
    for least in sorted(set(counts), reverse=True):
        of_methods = frame[frame["method"].isin(counts.index[counts >= least])]
        parts.append(_comparison(of_methods))
    return "\n\n".join(parts)


def _comparison(frame: pd.DataFrame) -> str:
    """A table of methods, over what all of them have run."""
    losses = frame.pivot_table(index=["table", "kind", "split"], columns="method", values="loss")
    losses = losses.dropna(axis=0)
    second = frame.pivot_table(index=["table", "kind", "split"], columns="method", values="second")
    seconds = frame.pivot_table(
        index=["table", "kind", "split"], columns="method", values="seconds"
    )
    second = second.loc[losses.index]
    seconds = seconds.reindex(index=losses.index, columns=losses.columns).dropna()
    kinds = losses.index.get_level_values("kind").to_numpy()
    # RMSE is better the smaller, AUC and accuracy the larger they are.
    second = second.mul(np.where(kinds == "regression", 1, -1), axis=0)
    header = ["method", "mean rank", "log loss", "RMSE", "AUC or accuracy", "error, linear = 1"]
    header += [f"{OURS} ahead", *(["seconds: median", "sum"] if len(seconds) else [])]
    ranks = losses.rank(axis=1)
    lines = []
    for method in ranks.mean().sort_values().index:
        lines.append(
            [
                method,
                f"{ranks[method].mean():.2f}",
                f"{ranks[method][kinds != 'regression'].mean():.2f}",
                f"{ranks[method][kinds == 'regression'].mean():.2f}",
                f"{second.rank(axis=1)[method][kinds != 'regression'].mean():.2f}",
                f"{relative(losses, method, LINEAR):.3f}" if LINEAR in losses else "",
                wins(losses, method),
            ]
        )
        if len(seconds):
            of_method = seconds[method]
            lines[-1] += [f"{of_method.median():.1f}", f"{of_method.sum():,.0f}"]
    tables = losses.index.get_level_values("table").nunique()
    timed = ""
    if len(seconds):
        machines = " and ".join(sorted(set(frame.loc[frame["seconds"].notna(), "machine"])))
        timed = (
            f"; seconds of the {len(seconds)} splits that ran while nothing else did, on {machines}"
        )
    words = (
        f"{tables} tables, {len(losses)} splits; ranks by log loss or RMSE, 1 is best; the error is"
        f" the geometric mean over tables; how often {OURS} is ahead, and its error over theirs, "
        f"with 95% intervals drawn over tables{timed}.\n\n"
    )
    return words + table(header, lines)


def ablations_of(results: Sequence[Any]) -> str:
    """Ours without each of its parts, beside ours, on the same tables and splits."""
    frame = pd.DataFrame(results)
    losses = frame.pivot_table(index=["table", "kind", "split"], columns="method", values="loss")
    lines = []
    for method in [name for name in losses if name in ABLATIONS]:
        both = losses[[OURS, method]].dropna()
        logs = _ratios(both, method, OURS)
        low, high = np.exp(np.percentile(_drawn(logs).mean(axis=1), [2.5, 97.5]))
        worse = (both[method] > both[OURS]).groupby("table").mean().mean()
        lines.append(
            [
                method,
                f"{np.exp(logs.mean()):.3f} ({low:.3f} to {high:.3f})",
                f"{worse:.0%}",
                f"{len(logs)}",
            ]
        )
    header = ["instead of the default", "its error over the default's", "worse on", "tables"]
    return (
        "Geometric means over tables, with 95% intervals drawn over tables; above 1, the part that "
        "is missing helps.\n\n" + table(header, lines)
    )


def _drawn(values: pd.Series) -> np.ndarray:
    """Tables drawn with replacement: (draws, tables)."""
    random = np.random.default_rng(0)
    drawn: np.ndarray = values.to_numpy()[random.integers(0, len(values), (DRAWS, len(values)))]
    return drawn


def _ratios(losses: pd.DataFrame, method: str, other: str) -> pd.Series:
    """Log of the ratio of the errors of each table, averaged over its splits."""
    logs = np.log(losses[method].clip(lower=1e-6)) - np.log(losses[other].clip(lower=1e-6))
    means: pd.Series = logs.groupby("table").mean()
    return means


def relative(losses: pd.DataFrame, method: str, other: str) -> float:
    """The geometric mean over tables of the errors of a method over those of the other."""
    return float(np.exp(_ratios(losses, method, other).mean()))


def wins(losses: pd.DataFrame, method: str) -> str:
    """How often ours is ahead of the method, and by how much."""
    if method == OURS or OURS not in losses:
        return ""
    ahead = (losses[OURS] < losses[method]).groupby("table").mean()
    logs = _ratios(losses, OURS, method)
    low, high = np.percentile(_drawn(ahead).mean(axis=1), [2.5, 97.5])
    least, most = np.exp(np.percentile(_drawn(logs).mean(axis=1), [2.5, 97.5]))
    return (
        f"{ahead.mean():.0%} ({low:.0%} to {high:.0%}); "
        f"{np.exp(logs.mean()):.3f} ({least:.3f} to {most:.3f})"
    )
