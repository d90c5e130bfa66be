"""Agents: methods that act in episodes."""
