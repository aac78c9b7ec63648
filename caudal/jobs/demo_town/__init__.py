"""The town of `caudal demo`: two years of a small municipality, lived day by day through the real workflows.

Names, prices, houses and chance come from here; every number comes from the program itself. The same day and size give
the same town. What is cut short is marked by the command and loaded again.
"""

from caudal.jobs.demo_town.load import COUNT, TownSize, load_town
from caudal.jobs.demo_town.office import PASSWORD, SignIn, sign_ins

__all__ = ["COUNT", "PASSWORD", "SignIn", "TownSize", "load_town", "sign_ins"]
