"""Every benchmark, one after the other, into docs/benchmarks.md: what `make bench` runs."""

from benchmarks import speed, startup, streaming, titanic_accuracy

for script in (speed, streaming, startup, titanic_accuracy):
    script.main(["--write"])
