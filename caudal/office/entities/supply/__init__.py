"""Connections and meters."""
