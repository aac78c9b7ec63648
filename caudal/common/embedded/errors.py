"""Why there is no database to talk to."""

from django.utils.translation import gettext_lazy as _

from caudal.common.errors import DomainError


class DatabaseAway(DomainError):
    """No database answers. Facts: `reason`."""

    code = "database_away"
    template = _("The database does not answer: %(reason)s")


class HomeUnusable(DatabaseAway):
    """The home cannot hold the embedded server. Facts: `home`, `reason`."""

    code = "home_unusable"
    template = _("CAUDAL_HOME=%(home)s cannot hold the database: %(reason)s")


class OtherMajorFound(DatabaseAway):
    """The home holds data of another PostgreSQL. Facts: `path`, `found`, `expected`."""

    code = "other_postgresql_found"
    template = _(
        "%(path)s holds data of PostgreSQL %(found)s, and this version of Caudal runs PostgreSQL "
        "%(expected)s. Make a backup with the version of Caudal that wrote it, move that folder away, and "
        "restore the backup with this version."
    )


class ServerToolFailed(DatabaseAway):
    """One of PostgreSQL's own programs refused. Facts: `tool`, `status`, `output`."""

    code = "postgresql_tool_failed"
    template = _("%(tool)s of the embedded PostgreSQL failed (%(status)s): %(output)s")
