"""Questions to the registry."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet

from caudal.common import sql
from caudal.common.text import search_text
from caudal.registry.models import Organisation, Ownership, Party, Property

# Words that half of all names have: they say nothing, and an index cannot narrow by them.
_EMPTY_WORDS = frozenset({"de", "del", "la", "las", "los", "y", "el", "da", "do"})
# Beginnings shorter than this match too much of an index to be asked of it.
_SHORTEST_PREFIX = 4
MOST_FOUND = 200
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


def search_parties(text: str, *, limit: int = 10) -> tuple[Party, ...]:
    """Parties whose name, identification or mail begins with each of the words, in order of name.

    Accents, case and punctuation do not matter. Bounded work however many match: quick with a million rows.
    """
    terms = search_terms(text)
    beginning = search_text(text)
    if not beginning:
        return ()
    if terms.empty:
        return _by_short_word(beginning, limit)
    found = _party_ids(terms.words, terms.patterns, limit)
    if not found:
        loose = " & ".join(f"{w.removesuffix(':*')}:*" for w in terms.words.split(" & "))
        found = _party_ids(loose, terms.patterns, limit)
    return tuple(Party.objects.filter(pk__in=found).order_by("sort_key", "pk"))


def _by_short_word(beginning: str, limit: int) -> tuple[Party, ...]:
    """Those who sort under two or three letters, and those who have just that name."""
    under = list(Party.objects.filter(sort_key__startswith=beginning).order_by("sort_key", "pk")[:limit])
    exact = _party_ids(beginning.replace(" ", " & "), (), limit - len(under)) if len(under) < limit else []
    named = Party.objects.filter(pk__in=exact).order_by("sort_key", "pk")
    return tuple({party.pk: party for party in (*under, *named)}.values())


def search_properties(text: str, *, limit: int = MOST_FOUND, by_owner: bool = True) -> list[int]:
    """Ids of the properties that a cadastral code, an address or an owner leads to; bounded work."""
    terms, owners = _terms_and_parties(text, parties=by_owner)
    if not text.strip():
        return []
    params = {**terms, "code": _beginning(text), "owners": owners, "limit": limit}
    return [row[0] for row in sql.rows("registry/search_properties", params)]


def search_licences(text: str, *, limit: int = MOST_FOUND, by_holder: bool = True) -> list[int]:
    """Ids of the licences that a number, an activity or a holder leads to; bounded work."""
    terms, holders = _terms_and_parties(text, parties=by_holder)
    if not text.strip():
        return []
    params = {**terms, "number": _beginning(text), "holders": holders, "limit": limit}
    return [row[0] for row in sql.rows("registry/search_licences", params)]


def _terms_and_parties(text: str, *, parties: bool) -> tuple[dict[str, object], list[int]]:
    terms = search_terms(text)
    found = [party.pk for party in search_parties(text, limit=MOST_FOUND)] if parties else []
    return {"words": terms.words, "patterns": list(terms.patterns)}, found


def _beginning(text: str) -> str:
    """A LIKE pattern of what was typed, taken literally."""
    literal = text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{literal}%"


def organisation() -> Organisation | None:
    """The utility, or None before `caudal init`. While it is `kept`, it is read once."""
    kept = _kept.get()
    if kept is None:
        return Organisation.objects.first()
    if not kept:
        kept.append(Organisation.objects.first())
    return kept[0]


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


def forget_organisation() -> None:
    """It was changed: read it again."""
    if (kept := _kept.get()) is not None:
        kept.clear()


def represented_by(*, party_id: int, on: date) -> QuerySet[Party]:
    """The parties that a party acts for on a day."""
    valid = Q(representatives__valid_to=None) | Q(representatives__valid_to__gt=on)
    return Party.objects.filter(
        valid, representatives__representative_id=party_id, representatives__valid_from__lte=on
    )


def properties_of(*, party_ids: Sequence[int], on: date) -> QuerySet[Property]:
    """The properties that any of these parties owns on a day."""
    owned = Q(ownerships__valid_to=None) | Q(ownerships__valid_to__gt=on)
    return Property.objects.filter(
        owned, ownerships__party_id__in=party_ids, ownerships__valid_from__lte=on
    ).distinct()


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


def _party_ids(words: str, patterns: Sequence[str], limit: int) -> list[int]:
    params = {"words": words, "patterns": list(patterns), "limit": limit}
    return [row[0] for row in sql.rows("registry/search_parties", params)]
