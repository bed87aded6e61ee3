"""The experiments, one claim a file; `lab.registry` lists them."""
