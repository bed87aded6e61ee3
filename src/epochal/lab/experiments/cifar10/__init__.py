"""Experiments on CIFAR-10: exercise 8 of Géron's chapter 11, and the best that we reach."""
