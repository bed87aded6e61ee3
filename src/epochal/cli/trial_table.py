"""What was tried beside a training, for the terminal."""

from rich.console import Console

from epochal.cli import console
from epochal.scoring.trials import Trials, trial_headings, trial_rows


def show_trials(output: Console, trials: Trials) -> None:
    """Print a table of what was tried, and what follows."""
    output.print(f"\n{trials.title}:", style="bold")
    if trials.trials:
        rows = trial_rows(trials)
        shown = [at for at, texts in enumerate(zip(*rows, strict=True)) if any(texts)]
        headings = trial_headings(trials)
        made = console.table(*(headings[at] for at in shown))
        for row in rows:
            made.add_row(*(row[at] for at in shown))
        output.print(made)
        output.print(f"({trials.aside})")
    output.print(trials.conclusion)
