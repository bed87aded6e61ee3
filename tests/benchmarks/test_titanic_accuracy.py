"""The table of accuracies."""

from benchmarks.titanic_accuracy import section


def test_mean_and_spread() -> None:
    text = section([0.80, 0.82, 0.84])
    assert "Mean 0.820, standard deviation 0.020, from 0.800 to 0.840." in text
    assert text.endswith("The target is a mean of 0.80: reached.")


def test_a_mean_below_the_target_is_marked() -> None:
    assert section([0.78, 0.80]).endswith("mean of 0.80: **not reached**.")
