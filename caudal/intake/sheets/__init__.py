"""From a file to tables: safe to open, header found, dates and numbers read by the file's own evidence."""
