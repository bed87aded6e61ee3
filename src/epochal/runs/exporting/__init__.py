"""A run in one ONNX file: its preprocessing, its networks and what its predictions are called."""
