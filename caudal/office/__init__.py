"""The staff edge: HTML for those who work at the utility."""
