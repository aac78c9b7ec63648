"""The rules for the rows of each kind of sheet: small functions of one shape, `check(table, scope) -> findings`."""
