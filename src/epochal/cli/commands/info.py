"""`epochal info`: what a bug report needs to say of the machine and the installation."""

from epochal.cli import console
from epochal.cli.compilation_cache import enable_compilation_cache
from epochal.cli.documents import print_document


def command(*, as_json: bool = False) -> None:
    """Print a line for each fact."""
    enable_compilation_cache()
    facts = console.load("epochal.cli.installation", console.progress()).installation()
    if as_json:
        print_document(facts)
        return
    output = console.output()
    width = max(map(len, facts)) + 2
    for name, fact in facts.items():
        # Whole lines, whatever the terminal's width: they are there to be copied.
        style = "bold red" if fact.startswith("MISSING") else ""
        output.print(f"{name:{width}}{fact}", style=style, soft_wrap=True)
