"""Writes of metering, one module per noun: connections, meters, readings, alerts, and reviews."""
