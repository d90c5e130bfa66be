"""Parts that tasks share for reading predictions made elsewhere."""
