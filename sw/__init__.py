"""The software half: contract, PyTorch model, training, quantization, export and golden model."""
