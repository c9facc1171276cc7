"""StarDist on ONNX Runtime: from a stock StarDist folder to labels, without TensorFlow."""
