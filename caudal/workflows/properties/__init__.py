"""What happens to a property or a licence with all that hangs on it: it changes hands, it ends."""

from caudal.workflows.properties.endings import (
    close_licence,
    reopen_licence,
    retire_property,
    services_of_licence,
    services_of_property,
)
from caudal.workflows.properties.mistakes import cancel_service
from caudal.workflows.properties.sale import (
    Agreed,
    DebtLeft,
    FinalReadingDoubtful,
    NoAccountOfOwner,
    NobodyEnds,
    Transfer,
    Transferred,
    change_owner,
    services_at,
    standing_grants,
    standing_meters,
)

__all__ = [
    "Agreed",
    "DebtLeft",
    "FinalReadingDoubtful",
    "NoAccountOfOwner",
    "NobodyEnds",
    "Transfer",
    "Transferred",
    "cancel_service",
    "change_owner",
    "close_licence",
    "reopen_licence",
    "retire_property",
    "services_at",
    "services_of_licence",
    "services_of_property",
    "standing_grants",
    "standing_meters",
]
