"""People and companies: who they are, and which user each one is."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.common.sql import copy_rows, execute, reserve_ids, verdicts
from caudal.common.text import identification_key, mail_address, search_text, sort_key
from caudal.common.versions import save_version
from caudal.registry.identifications import check
from caudal.registry.models import Organisation, Party
from caudal.registry.operations.recording import change
from caudal.registry.operations.representation import NotRepresentable


class DuplicateIdentification(DomainError):
    """Another party has this identification. Fact: `identification`."""

    code = "duplicate_identification"
    template = _("There is already a person with the identification %(identification)s.")


class NamelessParty(DomainError):
    """Neither a given name nor a legal name."""

    code = "nameless_party"
    template = _("Write the name: names for a person, the legal name for a company.")


class UserLinked(DomainError):
    """The user is the user of another party."""

    code = "user_linked"
    template = _("This user already belongs to another person.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyData:
    """What a form or a sheet says about a party; texts are trimmed on the way in."""

    kind: str = "natural"
    given_names: str = ""
    surnames: str = ""
    legal_name: str = ""
    identification_type: str = ""
    identification: str = ""
    identification_verified: bool = True
    email: str = ""
    phone: str = ""
    address: str = ""


def party_columns(data: PartyData, *, country: str) -> dict[str, Any]:
    """The columns of a party row, searchable and sortable; pure, for rows made one by one or by COPY.

    A verified identification is checked by its type. Raises NamelessParty, WrongIdentification,
    UnknownIdentificationType.
    """
    columns = {k: v.strip() if isinstance(v, str) else v for k, v in asdict(data).items()}
    natural = columns["kind"] == "natural"
    if natural:
        columns["legal_name"] = ""
    else:
        columns["given_names"] = columns["surnames"] = ""
    name = " ".join(n for n in (columns["legal_name"], columns["given_names"], columns["surnames"]) if n)
    if not columns["given_names" if natural else "legal_name"]:
        raise NamelessParty()
    if columns["identification"] and columns["identification_verified"] and columns["identification_type"]:
        columns["identification"] = check(
            country=country, type_code=columns["identification_type"], text=columns["identification"]
        )
    key = identification_key(columns["identification"])
    columns["identification_key"] = key
    columns["email"] = mail_address(columns["email"])
    columns["search_text"] = search_text(name, columns["identification"], key, columns["email"])
    surname_first = f"{columns['surnames']} {columns['given_names']}" if columns["surnames"] else name
    columns["sort_key"] = sort_key(surname_first)[:300]
    return columns


def create_party(*, data: PartyData) -> Party:
    """A new party. Raises DuplicateIdentification and what `party_columns` raises."""
    columns = party_columns(data, country=_country())
    with (
        verdicts(party_identification_once=DuplicateIdentification(identification=data.identification)),
        transaction.atomic(),
    ):
        return Party.objects.create(**columns)


def update_party(*, party_id: int, version: int, data: PartyData) -> Party:
    """Change a party that still has the version that was shown.

    Raises ChangedMeanwhile, DuplicateIdentification, NotRepresentable (who represents stays a person), and what
    `party_columns` raises.
    """
    party = Party.objects.get(pk=party_id)
    columns = party_columns(_still_unverified(party, data), country=_country())
    refusals = {
        "party_identification_once": DuplicateIdentification(identification=data.identification),
        "representation_kinds": NotRepresentable(),
    }
    with verdicts(**refusals), transaction.atomic():
        save_version(party, version=version, changes=columns)
    return party


@dataclass(frozen=True, slots=True)
class Identity:
    """An identification as it was typed; `verified`: its digits must hold."""

    type_code: str
    text: str
    verified: bool = True


@transaction.atomic
def identify(*, party_id: int, version: int, identity: Identity, by: Actor) -> Party:
    """Write a party's identification. One that is not to be verified is kept as it is, and says so.

    Raises ChangedMeanwhile, DuplicateIdentification, WrongIdentification, UnknownIdentificationType.
    """
    party = Party.objects.get(pk=party_id)
    known = {name: getattr(party, name) for name in PartyData.__dataclass_fields__}
    typed = {
        "identification_type": identity.type_code,
        "identification": identity.text,
        "identification_verified": identity.verified or not identity.text.strip(),
    }
    columns = party_columns(PartyData(**(known | typed)), country=_country())
    with (
        verdicts(party_identification_once=DuplicateIdentification(identification=identity.text)),
        transaction.atomic(),
    ):
        change(party, version=version, changes=columns, kind="registry.identify", by=by)
    return party


def link_user(*, party_id: int, user_id: int, by: Actor) -> None:
    """Let a user see in the portal what is this party's. Raises UserLinked when the user is somebody else."""
    with verdicts(registry_party_user_id_key=UserLinked()), transaction.atomic():
        Party.objects.filter(pk=party_id).update(user_id=user_id)
        audit.record(
            by=by, kind="registry.link_user", object_type="party", object_id=party_id, after={"user": user_id}
        )


def copy_parties(*, parties: Sequence[PartyData], import_id: int) -> list[int]:
    """Many new parties at once; their ids, in the same order. Raises as `party_columns`, DuplicateIdentification."""
    country = _country()
    rows = [party_columns(data, country=country) for data in parties]
    ids = reserve_ids("registry_party", len(rows))
    if rows:
        names = tuple(rows[0])
        copied = [(key, *row.values(), 1, import_id) for key, row in zip(ids, rows, strict=True)]
        twice = DuplicateIdentification(identification="")
        with verdicts(party_identification_once=twice), transaction.atomic():
            copy_rows("registry_party", ("id", *names, "version", "import_id"), copied)
    return ids


def delete_import(*, import_id: int) -> None:
    """Take back the people and sectors that an import brought."""
    execute("registry/delete_import", {"import_id": import_id})


def _still_unverified(party: Party, data: PartyData) -> PartyData:
    """An identification that was let pass stays so while nobody writes another."""
    same = (data.identification_type, data.identification.strip()) == (
        party.identification_type,
        party.identification,
    )
    return (
        replace(data, identification_verified=False) if same and not party.identification_verified else data
    )


def _country() -> str:
    """The town's country, which decides how identifications are checked; none before there is a town."""
    return Organisation.objects.values_list("country", flat=True).first() or ""
