"""Transfer learning: new heads on trained layers, and layers pretrained without labels."""

from epochal.transfer.fine_tune import fine_tune
from epochal.transfer.pretraining import Pretrained, pretrain_autoencoder
from epochal.transfer.reuse import reuse
from epochal.transfer.unfreeze import unfreeze

__all__ = ["Pretrained", "fine_tune", "pretrain_autoencoder", "reuse", "unfreeze"]
