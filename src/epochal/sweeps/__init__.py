"""Settings chosen by trying them: Optuna's trials as populations, judged over their seeds."""

from epochal.sweeps.judging import Setting
from epochal.sweeps.result import Sweep
from epochal.sweeps.sweep import sweep

__all__ = ["Setting", "Sweep", "sweep"]
