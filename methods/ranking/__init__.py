"""Rerankers of candidate passages, and the baselines they are measured against."""
