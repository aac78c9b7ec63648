"""The design language that office and portal share: static files, shells, parts, tags and filters."""
