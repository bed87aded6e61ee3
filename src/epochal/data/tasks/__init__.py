"""What is predicted: the task inferred from a target, its head, and targets as numbers."""
