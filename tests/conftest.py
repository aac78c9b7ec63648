"""Before anything of Caudal is imported: the tests' own home, and no setting of the developer's.

The fixtures are in tests/support/fixtures.py.
"""

import hashlib
import os
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent
# What may be said to the tests from outside; any other setting of ours is a developer's own and stays out.
HEARD = {"CAUDAL_REALDATA", "CAUDAL_REQUIRE_PG15", "CAUDAL_TEST_HOME"}


def _test_home() -> Path:
    """Kept between runs: the cluster and the migrated template are made once per checkout."""
    if given := os.environ.get("CAUDAL_TEST_HOME"):
        return Path(given)
    name = f"caudal-test-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:10]}"
    if os.geteuid() == 0:  # the server's account could not enter /root
        return Path("/var/cache", name)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", name)


for variable in [v for v in os.environ if v.startswith("CAUDAL_") and v not in HEARD] + ["EMAIL_URL"]:
    os.environ.pop(variable, None)
os.environ["CAUDAL_HOME"] = str(_test_home())
os.environ["DJANGO_SETTINGS_MODULE"] = "caudal.config.settings"
# Playwright's synchronous interface runs an event loop in the thread of the test.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
django.setup()

pytest_plugins = ["tests.support.fixtures"]
