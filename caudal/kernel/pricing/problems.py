"""What is wrong with a tariff, and why a case cannot be priced: codes and numbers, with an English text by
default.

The kernel does not translate. A caller shows `text`, or looks up its own sentence by `code` and fills in
`params`.
"""

from typing import NamedTuple

TEXTS = {
    "not_an_object": "Expected an object with keys.",
    "not_a_list": "Expected a list.",
    "empty_list": "The list is empty.",
    "missing_key": "“{key}” is missing.",
    "unknown_key": "“{key}” is not a key of this object.",
    "bad_text": "Expected text, found {value}.",
    "bad_number": "“{value}” is not a number; write it as text, with a decimal point.",
    "bad_json": "This is not JSON: {reason} in line {line}, column {column}.",
    "bad_flag": "Expected true or false, found {value}.",
    "bad_date": "“{value}” is not a date written as year-month-day.",
    "bad_day": "“{value}” is not a day of the year written as month-day.",
    "bad_format": "This file has format {value}; this program reads format {expected}.",
    "unknown_choice": "“{value}” is none of {options}.",
    "unknown_kind": "There is no component of kind “{value}”; there are {options}.",
    "negative_number": "{value} may not be negative.",
    "not_positive": "{value} must be more than zero.",
    "duplicate_code": "The code “{component}” is used twice.",
    "last_block_not_open": "The last block must be open: leave out its limit.",
    "open_block_not_last": "A block without a limit stands before the last one.",
    "limits_decrease": "The limit {limit} is below the limit {previous} of the block before.",
    "block_gap": "There is no price between {previous} and {start}.",
    "block_overlap": "The block starts at {start}, but the one before ends at {previous}.",
    "minimum_of_whole": "A minimum that includes usage does not go with one price for the whole quantity.",
    "lookup_width": "The row names {found} values, but the lookup is by {expected} attributes.",
    "lookup_duplicate": "The row {keys} is there twice.",
    "lookup_gap": "There is no value for {keys}.",
    "range_empty": "The range {keys} holds no number.",
    "range_overlap": "The range {keys} overlaps the one before.",
    "range_gap": "There is no value between {previous} and {start}.",
    "unknown_attribute": "There is no attribute “{attribute}”.",
    "unknown_value": "“{value}” is not a value of the attribute “{attribute}”.",
    "unknown_component": "There is no component “{component}”.",
    "component_later": "The component “{component}” comes later; a percentage looks back only.",
    "base_not_metered": "“{component}” does not depend on usage, so “first” cannot apply to it.",
    "nothing_before": "There is nothing before this component to take a part of.",
    "base_twice": "Give either “of” or “service”.",
    "base_missing": "Say what it is a part of: “of” or “service”.",
    "several_excess": "Only one component may price the excess.",
    "season_twice": "Two seasons start on {value}.",
    "unknown_service": "The percentage is of “{service}”, which has no tariff.",
    "percentage_cycle": "The percentages go round in a circle: {path}.",
    "bad_case": "“{key}” of the case does not have the form that it should.",
    "missing_usage": "The usage is missing.",
    "bad_usage": "“{usage}” is not an amount of usage.",
    "negative_usage": "The usage is negative: {usage}.",
    "missing_attribute": "The attribute “{attribute}” is missing.",
    "no_value": "The tariff has no price for {attribute} “{value}”.",
    "attribute_not_number": "“{value}” of the attribute “{attribute}” is not a number.",
    "missing_allowance": "The allowance “{allowance}” is missing.",
    "missing_base": "The charge of “{service}” is missing, and this is a percentage of it.",
    "missing_days": "The days that the charge covers are missing.",
    "missing_period_days": "The days of a usual period are missing.",
    "missing_date": "The last day is missing, and the tariff has seasons.",
    "missing_part": "Which of the {parts} parts of the year to charge is missing.",
    "bad_part": "There is no part {part} of {parts}.",
    "bad_periods": "{periods} is not a number of periods.",
    "bad_days": "{days} is not a number of days.",
    "members_do_not_add_up": "The connections use {members}, the account {usage}.",
    "no_segments": "There is no tariff for these days.",
    "segments_do_not_tile": "The tariff versions leave a hole or overlap at {day}.",
    "too_large": "The amount {amount} has more digits than money has.",
}


class Problem(NamedTuple):
    """One thing wrong with a tariff: where in the JSON, what, and the numbers that its message needs."""

    path: str
    code: str
    params: dict[str, str]

    @property
    def text(self) -> str:
        """The message in English."""
        return TEXTS[self.code].format_map(self.params)


class InvalidTariff(ValueError):
    """A definition that is not a tariff; `problems` lists all that is wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{each.path}: {each.text}" for each in problems))


class CannotPrice(ValueError):
    """A case that the tariff has no price for: never zero; whoever asked holds it and says why."""

    def __init__(self, code: str, **params: object) -> None:
        self.code = code
        self.params = {name: str(value) for name, value in params.items()}
        super().__init__(TEXTS[code].format_map(self.params))
