"""What was tried beside a training, for the terminal."""

from rich.console import Console

from epochal.cli import console
from epochal.scoring.trials import Trials, trial_headings, trial_rows


def show_trials(output: Console, trials: Trials) -> None:
    """Print a table of what was tried, and what follows."""
    output.print(f"\n{trials.title}:", style="bold")
    if trials.trials:
        made = console.table(*trial_headings(trials))
        for row in trial_rows(trials):
            made.add_row(*row)
        output.print(made)
        output.print(f"({trials.aside})")
    output.print(trials.conclusion)
