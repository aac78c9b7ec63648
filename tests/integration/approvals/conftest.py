"""A town that wants two people for everything."""

import pytest

from caudal.access.models import User
from caudal.approvals.kinds import PERMISSIONS
from tests import factories


@pytest.fixture
def ana() -> User:
    """An administrator of a town that wants two people for everything."""
    factories.organisation(second_person=list(PERMISSIONS))
    return factories.user("ana", "administrator")


@pytest.fixture
def beto(ana: User) -> User:
    return factories.user("beto", "administrator")
