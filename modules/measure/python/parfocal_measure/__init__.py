"""Measurements of labelled objects that equal scikit-image's, computed for all objects at once."""
