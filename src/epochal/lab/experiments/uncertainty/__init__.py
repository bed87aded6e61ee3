"""How sure networks are of images: calibration, and images unlike those of the training."""
