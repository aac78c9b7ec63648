"""Pages of the office: parse, call, present."""
