"""Suppression of overlapping detections."""
