"""The kinds of networks and the optimisers that benchmarks.breadth goes through."""
