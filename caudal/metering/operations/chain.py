"""Keeps `previous` and `volume` of an installation's accepted readings right, whatever came in or went
out.
"""

from django.utils.translation import gettext_lazy as _

from caudal.common.errors import DomainError
from caudal.kernel.readings import BrokenChain, intervals
from caudal.metering.models import Installation, Reading
from caudal.metering.stays import as_accepted, in_order


class BrokenRegisters(DomainError):
    """A register falls and nothing explains it. Facts: `register`, `read_on`, `previous`, `previous_on`."""

    code = "broken_registers"
    template = _(
        "%(register)s on %(read_on)s is below %(previous)s on %(previous_on)s: "
        "correct it, or confirm that the meter rolled over."
    )


def rechain(*, installation_id: int) -> None:
    """Compute the chain of an installation again and write what changed. Hold the installation's row before.

    Raises BrokenRegisters when a register falls without a confirmed rollover.
    """
    digits = Installation.objects.values_list("meter__digits", flat=True).get(pk=installation_id)
    accepted = list(in_order(Reading.objects.filter(installation_id=installation_id, state="accepted")))
    try:
        found = intervals(map(as_accepted, accepted), digits={installation_id: digits})
    except BrokenChain as broken:
        raise BrokenRegisters(
            register=broken.current.register,
            read_on=broken.current.read_on,
            previous=broken.previous.register,
            previous_on=broken.previous.read_on,
        ) from broken
    chained = {i.closing.key: (i.opening.key, i.volume_m3) for i in found}
    changed = []
    for reading in accepted:
        link = chained.get(reading.pk, (None, None))
        if (reading.previous_id, reading.volume) != link:
            reading.previous_id, reading.volume = link
            changed.append(reading)
    Reading.objects.bulk_update(changed, ["previous", "volume"])
