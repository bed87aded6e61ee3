"""Train a network on a table, test it and write a report: `epochal train` from Python."""

from pathlib import Path

import pandas as pd

import epochal


def main(out: str | Path | None = None, epochs: int | None = None) -> pd.DataFrame:
    """Predict who survived the Titanic; `out` is the run folder, None: a new one in runs/."""
    run = epochal.train_table("titanic", "survived", seed=1, epochs=epochs, out=out)

    accuracy = run.record.score("accuracy").network
    print(
        f"test accuracy {accuracy.value:.3f} (95% interval {accuracy.low:.3f} to "
        f"{accuracy.high:.3f})"
    )
    print(f"dropped (target leakage): {[column['name'] for column in run.record.leaks]}")
    print(f"report: {run.report}")
    return pd.read_parquet(run.predictions)


if __name__ == "__main__":
    main()
