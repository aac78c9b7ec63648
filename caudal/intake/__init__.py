"""Files that come in: map, dry run, report, apply."""
