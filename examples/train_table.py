"""Train, test and report on a table from Python: what `epochal train` does."""

from pathlib import Path

import pandas as pd

import epochal


def main(out: str | Path | None = None, epochs: int | None = None) -> pd.DataFrame:
    """Learn who survived the Titanic; `out` is the run folder, None numbers one under runs/."""
    run = epochal.train_table("titanic", "survived", seed=1, epochs=epochs, out=out)

    accuracy = run.record.score("accuracy").network
    print(
        f"test accuracy {accuracy.value:.3f} (95% interval {accuracy.low:.3f} to "
        f"{accuracy.high:.3f})"
    )
    print(f"left out, because they give the target away: {[c['name'] for c in run.record.leaks]}")
    print(f"report: {run.report}")
    return pd.read_parquet(run.predictions)


if __name__ == "__main__":
    main()
