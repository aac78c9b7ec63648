"""What billing knows, for the stages and faces above it."""
