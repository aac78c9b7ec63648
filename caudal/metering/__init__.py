"""Connections, meters and readings: where consumption becomes a fact."""
