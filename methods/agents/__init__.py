"""Agents: methods that act in an environment step by step."""
