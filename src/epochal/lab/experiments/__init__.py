"""The experiments, one claim per file; `epochal.lab.experiment_list` names them all."""
