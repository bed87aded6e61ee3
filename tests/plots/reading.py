"""What a figure says, for tests: its labels, its lines, and that it can be drawn."""

from io import BytesIO

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image


def pixels(figure: Figure) -> np.ndarray:
    """The drawn figure, (height, width, 3) uint8."""
    file = BytesIO()
    figure.savefig(file, format="png")
    return np.asarray(Image.open(file).convert("RGB"))


def assert_readable(figure: Figure) -> None:
    """It draws, and every pair of axes says what stands along it."""
    assert pixels(figure).std() > 0
    for axes in figure.axes:
        if axes.get_visible() and axes.has_data():
            assert axes.get_ylabel(), "no label at the vertical axis"
            shared = axes.get_shared_x_axes().get_siblings(axes)
            assert any(each.get_xlabel() for each in shared), "no label at the horizontal axis"


def drawn(axes: Axes, index: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The points of one line."""
    line = axes.lines[index]
    return np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)


def words(figure: Figure) -> str:
    """Everything that is written on it."""
    return " | ".join(each.get_text() for each in figure.findobj(Text) if isinstance(each, Text))
