"""Forms of the office: what may be typed, and the value that an operation takes."""
