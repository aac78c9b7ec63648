"""What a second person has to approve: asked for by one, done by another, in the very operation that was asked for."""
