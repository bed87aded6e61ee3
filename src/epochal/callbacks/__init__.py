"""Callbacks that Keras lacks, or has for TensorFlow alone."""

from epochal.callbacks.tensorboard import TensorBoard

__all__ = ["TensorBoard"]
