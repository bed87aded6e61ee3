"""The learning rate and the momentum of every step of a fit."""
