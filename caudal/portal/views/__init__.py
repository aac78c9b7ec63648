"""Pages of the portal: parse, one call, present."""
