"""What is said about a row: the one shape of every check's result, and the words for each code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from caudal.common.errors import as_people_write

ERROR: Final = "error"
WARNING: Final = "warning"

MESSAGES: Final[Mapping[str, str | Promise]] = {
    "missing_value": _("There is nothing here, and the row cannot come in without it."),
    "wrong_identification": _("It is not a valid %(type_name)s: one of its digits is wrong."),
    "conflict": _("Row %(other_row)s has the same %(column)s with other data. Keep the one that is right."),
    "unknown_customer": _(
        "No customer has this identification, in this file or among those already recorded."
    ),
    "unknown_holder": _("Nobody has this meter now. Say which customer the invoice is of."),
    "unknown_meter": _("There is no meter with this serial, in this file or among those already recorded."),
    "impossible_date": _("That day does not exist."),
    "not_a_date": _("This is not a date."),
    "date_in_future": _("This day has not come yet."),
    "not_a_number": _("This is not a number."),
    "too_long": _("It has more than %(limit)s signs, and no more fit."),
    "too_large": _("No number of more than %(digits)s digits before its decimals fits here. Is it a code?"),
    "tax_above_net": _("The tax is ten times what it is charged on, or more."),
    "negative_number": _("It cannot be less than zero."),
    "undecided_date_order": _("It could be day/month or month/day. Say which before importing."),
    "undecided_decimal_sign": _("The sign could be decimal or of thousands. Say which before importing."),
    "conflicting_date_order": _(
        "The column writes its dates in two ways: row %(first_row)s says “%(first)s” and row %(second_row)s "
        "says “%(second)s”. It cannot be read until they agree."
    ),
    "conflicting_decimal_sign": _(
        "The column writes its numbers in two ways: row %(first_row)s says “%(first)s” and row %(second_row)s "
        "says “%(second)s”. It cannot be read until they agree."
    ),
    "below_previous": _("The register is below the previous one of its own row, %(previous)s."),
    "below_earlier": _("The register is below that of an earlier day, %(register)s on row %(other_row)s."),
    "below_recorded": _("The register is below the last one recorded, %(register)s on %(day)s."),
    "consumption_mismatch": _("The registers differ by %(difference)s, not by this consumption."),
    "older_than_recorded": _("The last reading recorded for the meter is later: %(day)s."),
    "differs_from_recorded": _(
        "It is already recorded with other data, and what was recorded does not change here."
    ),
    "amounts_do_not_add_up": _("The amounts do not add up: it should be %(expected)s."),
    "negative_total": _("The invoice adds up to less than zero."),
    "until_before_from": _("The period ends before it begins."),
    "meter_stands_nowhere": _(
        "The meter is recorded and stands nowhere. It is installed on its connection's page."
    ),
    "other_holder": _(
        "The meter is recorded for another customer. A change of holder is made on the customer's page."
    ),
    "number_without_digits": _("An invoice number ends with digits."),
    "long_prefix": _("Before its last digits an invoice number has %(limit)s signs at most."),
    "number_taken": _("Another invoice already has this number."),
    "depends_on_wrong_row": _("It depends on row %(other_row)s of %(other_sheet)s, which has an error."),
    "invalid_email": _("It is not an e-mail address. The row comes in without it."),
    "cut_short": _("Only its first %(limit)s signs fit. The row comes in with these."),
    "repeated": _("It repeats row %(other_row)s. It comes in once."),
    "unknown_status": _("It is not known what this state means. The meter comes in as active."),
    "other_customer": _("The meter belongs to another customer today. The invoice stays with this one."),
    "gap_in_chain": _("The previous register is not the one of the meter's earlier reading, %(register)s."),
    "read_before_installation": _(
        "It is before the meter was installed. The installation moves to this day."
    ),
    "due_before_issue": _("It is due before it was issued."),
    "paid_without_date": _("It says paid without saying when. It comes in as paid on its due date."),
}
WARNINGS: Final = frozenset(
    {
        *("invalid_email", "cut_short", "repeated", "unknown_status", "other_customer", "gap_in_chain"),
        *("read_before_installation", "due_before_issue", "paid_without_date"),
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about one cell. `row` as Excel counts, `column` as headed ("" for the whole row).

    An error makes the row wrong; a warning lets it in. `position` is the row's place in its table.
    """

    sheet: str
    row: int
    column: str
    value: str
    code: str
    position: int
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def severity(self) -> str:
        """ "error" or "warning"."""
        return WARNING if self.code in WARNINGS else ERROR

    @property
    def message(self) -> str:
        """For people, in the language now active."""
        facts = {name: as_people_write(value) for name, value in self.facts.items()}
        return str(MESSAGES[self.code]) % {"column": self.column, **facts}

    def to_json(self) -> dict[str, Any]:
        """As the report gives it."""
        return {
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
        }
