"""What image classification benchmarks share: file formats, splits, accuracy."""
