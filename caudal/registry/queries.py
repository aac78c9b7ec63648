"""Questions to the registry."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import BaseExpression, RawSQL

from caudal.common import sql
from caudal.common.text import search_text
from caudal.registry.models import Licence, Organisation, Ownership, Party, Property

# Words that half of all names have: they say nothing, and an index cannot narrow by them.
_EMPTY_WORDS = frozenset({"de", "del", "la", "las", "los", "y", "el", "da", "do"})
# Beginnings shorter than this match too much of an index to be asked of it.
_SHORTEST_PREFIX = 4
MOST_FOUND = 200
# A condition on a party, asked in the query that looks for it.
Within = BaseExpression
CALLED = (
    "to_tsvector('simple', registry_party.search_text) @@ to_tsquery('simple', %s) "
    "AND ' ' || registry_party.search_text LIKE ALL (%s::text[])"
)
# What this request read of the organisation; None outside of requests, where each question reads it anew.
_kept: ContextVar[list[Organisation | None] | None] = ContextVar("organisation", default=None)


@dataclass(frozen=True, slots=True)
class Terms:
    """A search as the word indexes are asked: `words` is a tsquery; all LIKE `patterns` must hold."""

    words: str
    patterns: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether there is nothing an index could be asked."""
        return not self.words


def search_terms(text: str) -> Terms:
    """Split what was typed: whole words, the last one a beginning; short pieces only filter the found."""
    typed = search_text(text).split()
    telling = [w for w in typed if w not in _EMPTY_WORDS] or typed
    *before, last = telling or [""]
    whole = [w for w in before if len(w) > 1]
    if len(last) >= _SHORTEST_PREFIX:
        whole.append(f"{last}:*")
    filters = [w for w in before if len(w) == 1] + ([last] if len(last) < _SHORTEST_PREFIX else [])
    return Terms(" & ".join(whole), tuple(f"% {w}%" for w in filters if w))


def search_parties(text: str, *, limit: int = 10, within: Within | None = None) -> tuple[Party, ...]:
    """Parties whose name, identification or mail begins with each of the words, in order of name.

    Accents, case and punctuation do not matter. Bounded work however many match: quick with a million rows.
    `within` is asked of each candidate before the limit, so that nobody else crowds out who is meant.
    """
    terms = search_terms(text)
    beginning = search_text(text)
    if not beginning:
        return ()
    if terms.empty:
        return _by_short_word(beginning, limit, within)
    found = _party_ids(terms.words, terms.patterns, limit, within)
    if not found:
        loose = " & ".join(f"{w.removesuffix(':*')}:*" for w in terms.words.split(" & "))
        found = _party_ids(loose, terms.patterns, limit, within)
    return tuple(Party.objects.filter(pk__in=found).order_by("sort_key", "pk"))


def _by_short_word(beginning: str, limit: int, within: Within | None) -> tuple[Party, ...]:
    """Those who sort under two or three letters, and those who have just that name."""
    sorted_under = Party.objects.filter(*([within] if within else []), sort_key__startswith=beginning)
    under = list(sorted_under.order_by("sort_key", "pk")[:limit])
    words, left = beginning.replace(" ", " & "), limit - len(under)
    exact = _party_ids(words, (), left, within) if left else []
    named = Party.objects.filter(pk__in=exact).order_by("sort_key", "pk")
    return tuple({party.pk: party for party in (*under, *named)}.values())


def search_properties(
    text: str, *, limit: int = MOST_FOUND, by_owner: bool = True, sectors: Collection[int] = ()
) -> list[int]:
    """Ids of the properties that a cadastral code, an address or an owner leads to; bounded work.

    `sectors`: only those that lie there, judged before the limit; none: everywhere.
    """
    if not text.strip():
        return []
    owned = Ownership.objects.filter(party=OuterRef("pk"), property__sector__in=sectors)
    found = _parties_of(text, Exists(owned) if sectors else None) if by_owner else []
    params = {**_terms(text, sectors), "code": _beginning(text), "owners": found, "limit": limit}
    return [row[0] for row in sql.rows("registry/search_properties", params)]


def search_licences(
    text: str, *, limit: int = MOST_FOUND, by_holder: bool = True, sectors: Collection[int] = ()
) -> list[int]:
    """Ids of the licences that a number, an activity or a holder leads to; bounded work.

    `sectors`: only those of a property there, judged before the limit; none: everywhere.
    """
    if not text.strip():
        return []
    held = Licence.objects.filter(party=OuterRef("pk"), property__sector__in=sectors)
    found = _parties_of(text, Exists(held) if sectors else None) if by_holder else []
    params = {**_terms(text, sectors), "number": _beginning(text), "holders": found, "limit": limit}
    return [row[0] for row in sql.rows("registry/search_licences", params)]


def _parties_of(text: str, within: Within | None) -> list[int]:
    return [party.pk for party in search_parties(text, limit=MOST_FOUND, within=within)]


def _terms(text: str, sectors: Collection[int]) -> dict[str, object]:
    terms = search_terms(text)
    return {"words": terms.words, "patterns": list(terms.patterns), "sectors": list(sectors)}


def _beginning(text: str) -> str:
    """A LIKE pattern of what was typed, taken literally."""
    literal = text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{literal}%"


def organisation() -> Organisation | None:
    """The utility, or None before `caudal init`. While it is `kept`, it is read once."""
    kept = _kept.get()
    if kept is None:
        return _read_organisation()
    if not kept:
        kept.append(_read_organisation())
    return kept[0]


def _read_organisation() -> Organisation | None:
    return next(iter(sql.objects(Organisation, "ORDER BY id LIMIT 1", {})), None)


def the_organisation() -> Organisation:
    """The utility. Raises Organisation.DoesNotExist before `caudal init`."""
    found = organisation()
    if found is None:
        raise Organisation.DoesNotExist
    return found


@contextmanager
def organisation_kept() -> Iterator[None]:
    """Read the organisation at most once until the end: a page asks for it a dozen times."""
    token = _kept.set([])
    try:
        yield
    finally:
        _kept.reset(token)


def remember_organisation(found: Organisation | None) -> None:
    """It was read along with something else: while it is `kept`, it need not be read again."""
    if (kept := _kept.get()) is not None:
        kept[:] = [found]


def forget_organisation() -> None:
    """It was changed: read it again."""
    if (kept := _kept.get()) is not None:
        kept.clear()


def properties_of(*, party_ids: Sequence[int], on: date) -> QuerySet[Property]:
    """The properties that any of these parties owns on a day."""
    owned = Q(ownerships__valid_to=None) | Q(ownerships__valid_to__gt=on)
    return Property.objects.filter(
        owned, ownerships__party_id__in=party_ids, ownerships__valid_from__lte=on
    ).distinct()


def properties_granted(*, user_id: int, on: date) -> QuerySet[Property]:
    """The properties that a user was granted sight of, on a day."""
    still = Q(granted__valid_to=None) | Q(granted__valid_to__gt=on)
    return Property.objects.filter(still, granted__user_id=user_id, granted__valid_from__lte=on)


def free_share(*, property_id: int, valid_from: date, valid_to: date | None = None) -> Decimal:
    """The share of a property (1 is all) that nobody owns on any day from one day until before another."""
    reaching = Q(valid_to=None) | Q(valid_to__gt=valid_from)
    found = Ownership.objects.filter(reaching, property_id=property_id)
    if valid_to is not None:
        found = found.filter(valid_from__lt=valid_to)
    spans = list(found.values_list("valid_from", "valid_to", "share"))
    days = {valid_from, *(begins for begins, _ends, _share in spans if begins > valid_from)}
    owned = (
        sum(
            (share for begins, ends, share in spans if begins <= day and (ends is None or ends > day)),
            Decimal(0),
        )
        for day in days
    )
    return Decimal(1) - max(owned)


def _party_ids(words: str, patterns: Sequence[str], limit: int, within: Within | None) -> list[int]:
    if within is None:
        params = {"words": words, "patterns": list(patterns), "limit": limit}
        return [row[0] for row in sql.rows("registry/search_parties", params)]
    called = RawSQL(CALLED, [words, list(patterns)], output_field=BooleanField())
    found = Party.objects.filter(called, within).values_list("sort_key", "pk")
    return [pk for _key, pk in sorted(sql.first_of(found, MOST_FOUND))[:limit]]
