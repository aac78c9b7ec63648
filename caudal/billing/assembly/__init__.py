"""From what is due to complete documents: price, group, tax. Pure: no database, no clock."""
