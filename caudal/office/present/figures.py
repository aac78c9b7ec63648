"""The town's way with figures, for the sentences that explain a charge."""

from caudal.common.ui.formats import group_mark
from caudal.documents.spanish.figures import Figures
from caudal.registry.context import Town


def figures_of(town: Town) -> Figures:
    """Figures as documents write them."""
    return Figures(
        {
            "symbol": town.symbol,
            "decimals": town.minor_units,
            "point": town.point,
            "group": group_mark(town),
            "region": town.locale.partition("-")[2],
            "paper": "us-letter",
        }
    )
