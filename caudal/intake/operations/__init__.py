"""Writes of the intake: a file is taken in, looked at, answered for, applied whole, and undone whole."""
