"""Scalers as plain loops over columns, rows and pixels."""

import math

import numpy as np


def min_max(train, x, low, high):
    result = np.zeros(x.shape)
    for column in range(x.shape[1]):
        smallest, largest = min(train[:, column]), max(train[:, column])
        for row in range(x.shape[0]):
            span = largest - smallest
            share = (x[row, column] - smallest) / (span if span else 1)
            result[row, column] = low + (high - low) * share
    return result


def standard(train, x):
    result = np.zeros(x.shape)
    for column in range(x.shape[1]):
        values = [float(value) for value in train[:, column]]
        mean = sum(values) / len(values)
        deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
        for row in range(x.shape[0]):
            result[row, column] = (x[row, column] - mean) / deviation if deviation else 0
    return result


def l2(x):
    result = np.zeros(x.shape)
    for row in range(x.shape[0]):
        norm = math.sqrt(sum(float(value) ** 2 for value in x[row]))
        for column in range(x.shape[1]):
            result[row, column] = x[row, column] / norm if norm else 0
    return result
