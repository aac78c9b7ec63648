"""Questions to metering, one module per noun."""
