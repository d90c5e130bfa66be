"""The kernels: one operator, one file: reference, implementations, cost model."""
