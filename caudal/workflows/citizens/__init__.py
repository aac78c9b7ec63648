"""What customers do for themselves: come by their user, and say how they can be reached."""
