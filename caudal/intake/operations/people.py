"""Customers of a file: new people by COPY, changed ones through the registry with what they were before."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from caudal.billing.models import Account
from caudal.billing.operations.imported import NewAccount, copy_accounts
from caudal.common.actor import Actor
from caudal.intake.checks.facts import CustomerFacts, adds
from caudal.intake.operations.applying import Applying
from caudal.intake.queries.records import facts_of
from caudal.registry.identifications import types_for
from caudal.registry.models import Organisation, Party
from caudal.registry.operations import PartyData, copy_parties
from caudal.workflows.customers import update_customer

UNDONE = ("given_names", "surnames", "legal_name", "email", "phone", "address")


def bring_people(applying: Applying) -> None:
    """New parties, changed parties, and an account for everyone who has none."""
    facts = applying.analysis.customers
    wanted = _referred(applying)
    recorded = {p.identification_key: p for p in Party.objects.filter(identification_key__in=wanted)}
    new = [one for one in facts if one.key not in recorded]
    applying.tell("people", 0, len(facts))
    ids = copy_parties(parties=_party_data(new), import_id=applying.import_id)
    applying.parties = {key: party.pk for key, party in recorded.items()}
    applying.parties |= {one.key: key for one, key in zip(new, ids, strict=True)}
    applying.count("people", len(new))
    for one in facts:
        party = recorded.get(one.key)
        if party is not None and adds(one.comparable(), facts_of(party).comparable()):
            _change(applying, party, one)
    _open_accounts(applying, {one.key: one for one in new})
    applying.tell("people", len(facts), len(facts))


def _referred(applying: Applying) -> set[str]:
    analysis = applying.analysis
    rows: Iterable[str] = (one.key for one in analysis.customers)
    return {*rows, *(m.customer for m in analysis.meters), *(i.customer for i in analysis.invoices)} - {""}


def _party_data(people: Iterable[CustomerFacts]) -> list[PartyData]:
    """A document of a kind that the town's country lacks was checked with the file, not by the registry."""
    country = Organisation.objects.values_list("country", flat=True).first() or ""
    own = {kind.code for kind in types_for(country)}
    return [
        PartyData(
            kind="juridical" if one.legal_name else "natural",
            given_names=one.given_names,
            surnames=one.surnames,
            legal_name=one.legal_name,
            identification_type=one.identification_type,
            identification=one.identification,
            identification_verified=one.identification_type in own,
            email=one.email,
            phone=one.phone,
            address=one.address,
        )
        for one in people
    ]


def _change(applying: Applying, party: Party, said: CustomerFacts) -> None:
    """Only what the file says changes; what it is silent about stays."""
    before = {name: getattr(party, name) for name in UNDONE}
    named = bool(said.given_names or said.legal_name)
    data = PartyData(
        kind="juridical" if said.legal_name else "natural",
        given_names=said.given_names if named else party.given_names,
        surnames=said.surnames if named else party.surnames,
        legal_name=said.legal_name,
        identification_type=party.identification_type,
        identification=party.identification,
        identification_verified=party.identification_verified,
        email=said.email or party.email,
        phone=said.phone or party.phone,
        address=said.address or party.address,
    )
    version = party.version
    update_customer(party_id=party.pk, version=version, data=data, by=applying.by)
    applying.undo.parties.append({"id": party.pk, "version": version + 1, "kind": party.kind, **before})
    applying.count("people_changed", 1)


def restore_party(before: Mapping[str, Any], *, by: Actor) -> None:
    """Put a changed party back. Raises ChangedMeanwhile when somebody changed it since."""
    party = Party.objects.get(pk=before["id"])
    now = PartyData(**{name: getattr(party, name) for name in PartyData.__dataclass_fields__})
    data = replace(now, **{name: before[name] for name in ("kind", *UNDONE)})
    update_customer(party_id=party.pk, version=before["version"], data=data, by=by)


def _open_accounts(applying: Applying, new: dict[str, CustomerFacts]) -> None:
    """The account of each party: the oldest open one, or a new one since its first meter or invoice."""
    since: dict[str, date] = {}
    analysis = applying.analysis
    for meter in analysis.meters:
        day = analysis.installed.get(meter.key, applying.on)
        since[meter.customer] = min(day, since.get(meter.customer, day))
    for invoice in analysis.invoices:
        since[invoice.customer] = min(invoice.covers_from, since.get(invoice.customer, invoice.covers_from))
    holders = {party_id: key for key, party_id in applying.parties.items()}
    for account in Account.objects.filter(holder__in=holders, closed_on=None).order_by("-id"):
        applying.accounts[holders[account.holder_id]] = account.pk
    lacking = [key for key in (new | since) if key in applying.parties and key not in applying.accounts]
    opened = copy_accounts(
        accounts=[
            NewAccount(applying.parties[key], since.get(key, applying.on), _delivery(new.get(key)))
            for key in lacking
        ],
        import_id=applying.import_id,
    )
    applying.accounts |= {key: account_id for key, (account_id, _number) in zip(lacking, opened, strict=True)}
    applying.count("accounts", len(opened))


def _delivery(said: CustomerFacts | None) -> str:
    return "print" if said is not None and not said.email else "mail"
