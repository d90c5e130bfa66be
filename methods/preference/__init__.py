"""Predicting which of several images of a prompt people prefer."""
