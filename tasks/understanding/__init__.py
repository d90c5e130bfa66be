"""Readers, official figures and the shared adapter of SuperGLUE and GLUE."""
