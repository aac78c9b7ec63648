"""Rows and pages of the office as its templates want them: gathered from the stages, nothing decided here."""
