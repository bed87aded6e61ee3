"""A run of a small table, to be made in a process that kills itself at a chosen moment."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from epochal import whole_files
from epochal.runs import train_table
from epochal.runs.storage import workspace, writing
from epochal.training import kept_fits


def table(rows: int = 160) -> pd.DataFrame:
    random = np.random.default_rng(8)
    frame = pd.DataFrame(random.standard_normal((rows, 3)).round(3), columns=list("abc"))
    frame["kind"] = np.where(frame["a"] + random.standard_normal(rows) > 0, "yes", "no")
    return frame


def train(out: Path, settings: dict[str, Any], kill_at: int | None) -> None:
    """Write the run, and how many moments there were; every epoch is kept."""
    kept_fits.SECONDS, kept_fits.COST = 0.0, np.inf
    moments = 0

    def killing(function: Callable[..., Any]) -> Callable[..., Any]:
        """`function`, with a moment before it and one behind it."""

        def called(*arguments: Any, **named: Any) -> Any:
            pass_moment()
            found = function(*arguments, **named)
            pass_moment()
            return found

        return called

    def pass_moment() -> None:
        nonlocal moments
        moments += 1
        if moments == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    kept_fits.KeptFit.epoch_ended = killing(kept_fits.KeptFit.epoch_ended)  # type: ignore[method-assign]
    np.savez = killing(np.savez)
    whole_files.sync = writing.sync = killing(whole_files.sync)
    writing._rename = killing(writing._rename)
    workspace.shutil.rmtree = killing(workspace.shutil.rmtree)  # type: ignore[assignment]
    train_table(table(), "kind", out=out, **settings)
    (out.parent / "moments").write_text(str(moments))
