"""ONNX graphs: written, converted, quantized."""
