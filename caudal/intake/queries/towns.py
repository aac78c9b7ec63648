"""The organisation's habits of writing, as far as they decide how a file is read."""

from babel import Locale, UnknownLocaleError

from caudal.intake.queries.analysis import Town
from caudal.intake.sheets.values import DMY, MDY
from caudal.registry.models import Organisation


def intake_town() -> Town:
    """Country, order of dates and decimal sign of the organisation; no habits before there is one."""
    organisation = Organisation.objects.first()
    if organisation is None:
        return Town()
    return Town(organisation.country, date_order_of(organisation.locale), organisation.point or None)


def date_order_of(locale: str) -> str | None:
    """ "dmy" or "mdy" as a locale writes short dates; None where it begins with the year or is unknown."""
    try:
        pattern = Locale.parse(locale, sep="-").date_formats["short"].pattern.casefold()
    except (UnknownLocaleError, ValueError):
        return None
    places = [pattern.find(letter) for letter in "dmy"]
    if min(places) == places[2]:
        return None
    return DMY if places[0] < places[1] else MDY
