"""A customer changes how he can be reached, how his bills come, and which mails he wants beside them."""

from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from caudal.billing.models import Account
from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.common.versions import save_version
from caudal.notices import operations as notices
from caudal.notices.models import Preference
from caudal.registry.models import Party
from caudal.registry.operations import PartyData, update_party


class AddressNeeded(DomainError):
    """Mails are wanted and there is no address."""

    code = "address_needed"
    template = _("To get mails, write your mail address.")


@dataclass(frozen=True, slots=True)
class Contact:
    """Where mails and calls go; empty for none."""

    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the bills of a party's accounts come (`delivery` of billing.Account), and mails beside them.

    `delivery` is empty where there is no account.
    """

    delivery: str
    receipts: bool
    reminders: bool


def change_contact(
    *, party_id: int, version: int, contact: Contact, by: Actor, wishes: Wishes | None = None
) -> Party:
    """Write a party's new contact data, and what it wants to be told, all or nothing.

    A mail address that is no longer the party's is told so: it may not have been the party who changed it. Raises
    ChangedMeanwhile when somebody else changed the party, AddressNeeded.
    """
    with transaction.atomic():
        party = Party.objects.get(pk=party_id)
        before = {"email": party.email, "phone": party.phone}
        known = {name: getattr(party, name) for name in PartyData.__dataclass_fields__}
        changed = update_party(party_id=party_id, version=version, data=PartyData(**known | asdict(contact)))
        if wishes is not None:
            _keep(changed, wishes, by)
        if party.email and party.email.lower() != changed.email.lower():
            notices.enqueue_contact_changed(party=changed, before=party.email)
        after = {"email": changed.email, "phone": changed.phone}
        audit.record(
            by=by,
            kind="registry.contact",
            object_type="party",
            object_id=party_id,
            before=before,
            after=after,
        )
    return changed


def wishes_of(party: Party) -> Wishes:
    """What a party gets now: what it said, else what goes with how its bills come."""
    account = party.accounts.order_by("number").first()
    delivery = account.delivery if account is not None else ""
    said = Preference.objects.filter(party=party).first()
    mailed = delivery == "mail"
    return Wishes(
        delivery,
        said.receipts if said is not None else mailed,
        said.reminders if said is not None else mailed,
    )


def _keep(party: Party, wishes: Wishes, by: Actor) -> None:
    if not party.email and (wishes.delivery == "mail" or wishes.receipts or wishes.reminders):
        raise AddressNeeded()
    notices.set_preference(party=party, receipts=wishes.receipts, reminders=wishes.reminders, by=by)
    if not wishes.delivery:
        return
    for account in Account.objects.filter(holder=party).exclude(delivery=wishes.delivery):
        before = {"delivery": account.delivery}
        save_version(account, version=account.version, changes={"delivery": wishes.delivery})
        audit.record(
            by=by,
            kind="customers.delivery",
            object_type="account",
            object_id=account.pk,
            before=before,
            after={"delivery": wishes.delivery},
        )
