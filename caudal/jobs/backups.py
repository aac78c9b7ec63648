"""Backup and restore of an installation: its database, its uploads and its key, as one verified folder.

The folder holds `database.dump` (PostgreSQL's format), `media.tar`, `secret.key` and `manifest.json`, which
knows the size and SHA-256 of each, and how many rows every table had at the instant of the dump.
"""

import hashlib
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext_lazy as _

from caudal.common.errors import DomainError
from caudal.jobs import pgtools

FORMAT: Final = 1
DUMP: Final = "database.dump"
MEDIA: Final = "media.tar"
SECRET: Final = "secret.key"
MANIFEST: Final = "manifest.json"

Step = Callable[[int, int], None]


class BackupExists(DomainError):
    """The folder to write is there already. Facts: `path`."""

    code = "backup_exists"
    template = _("%(path)s exists already; choose another folder.")


class BackupDamaged(DomainError):
    """The folder is no backup, or not as it was written. Facts: `path`, `file`."""

    code = "backup_damaged"
    template = _("%(path)s is not a whole backup: %(file)s is missing or was changed.")


class BackupFromLaterVersion(DomainError):
    """It holds tables that this version does not know. Facts: `path`, `made_by`."""

    code = "backup_from_later_version"
    template = _("%(path)s was made by Caudal %(made_by)s, which is later than this one. Update first.")


class PlaceNotEmpty(DomainError):
    """A restore would replace what is there. Facts: `what`."""

    code = "place_not_empty"
    template = _("There is data already (%(what)s). Only --force replaces it.")


class RestoreDiffers(DomainError):
    """After the restore a table has not the rows that the backup counted. Facts: `tables`."""

    code = "restore_differs"
    template = _("The restored tables do not have the rows of the backup: %(tables)s.")


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a file of the backup must be."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `rows` by table; `made_at` in ISO 8601."""

    format: int
    caudal: str
    postgresql: int
    made_at: str
    migrations: tuple[str, ...]
    rows: dict[str, int]
    media_files: int
    files: dict[str, FileFacts]


def write_backup(*, folder: Path, at: datetime, step: Step) -> Manifest:
    """Write a backup into a new folder, which appears under its name only once it was read back and verified.

    The database is dumped first and the uploads after it: uploads are only ever added, so none that the dump
    knows can be missing. Raises BackupExists, ToolFailed.
    """
    if folder.exists():
        raise BackupExists(path=folder)
    unfinished = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    rows = _dump(unfinished / DUMP)
    step(1, 4)
    media_files = _pack(Path(settings.MEDIA_ROOT), unfinished / MEDIA)
    if settings.SECRET_FILE.exists():
        shutil.copyfile(settings.SECRET_FILE, unfinished / SECRET)
    step(2, 4)
    manifest = Manifest(
        format=FORMAT,
        caudal=version("caudal"),
        postgresql=pgtools.server_major(),
        made_at=at.isoformat(timespec="seconds"),
        migrations=_applied_migrations(),
        rows=rows,
        media_files=media_files,
        files={file.name: _facts(file) for file in sorted(unfinished.iterdir())},
    )
    (unfinished / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1))
    step(3, 4)
    verify_backup(unfinished)
    for file in unfinished.iterdir():
        _flush_to_disk(file)
    unfinished.rename(folder)
    step(4, 4)
    return manifest


def verify_backup(folder: Path) -> Manifest:
    """Read every byte of a backup. Raises BackupDamaged, ToolFailed, BackupFromLaterVersion."""
    try:
        raw = json.loads((folder / MANIFEST).read_text())
        raw["files"] = {name: FileFacts(**facts) for name, facts in raw["files"].items()}
        raw["migrations"] = tuple(raw["migrations"])
        manifest = Manifest(**raw)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as refusal:
        raise BackupDamaged(path=folder, file=MANIFEST) from refusal
    for name, facts in manifest.files.items():
        if not (folder / name).is_file() or _facts(folder / name) != facts:
            raise BackupDamaged(path=folder, file=name)
    if {DUMP, MEDIA} - manifest.files.keys():
        raise BackupDamaged(path=folder, file=MANIFEST)
    if manifest.format != FORMAT or set(manifest.migrations) - _known_migrations():
        raise BackupFromLaterVersion(path=folder, made_by=manifest.caudal)
    pgtools.read_through(folder / DUMP)
    return manifest


def restore_backup(*, folder: Path, force: bool, step: Step) -> Manifest:
    """Put a verified backup in the place of an empty installation; with `force`, of any.

    The database changes in one transaction, and the uploads by a rename after it. Raises PlaceNotEmpty,
    RestoreDiffers, and what `verify_backup` raises. Stop web and worker before, and start them after.
    """
    manifest = verify_backup(folder)
    step(1, 4)
    media = Path(settings.MEDIA_ROOT)
    if not force and (occupied := _occupied(media)):
        raise PlaceNotEmpty(what=", ".join(occupied))
    unpacked = media.with_name(f"{media.name}.part")
    _unpack(folder, unpacked)
    step(2, 4)
    pgtools.replay(folder / DUMP, over_existing=force)
    step(3, 4)
    _swap(unpacked, media)
    if SECRET in manifest.files:
        shutil.copyfile(folder / SECRET, settings.SECRET_FILE)
    found = count_rows(tuple(manifest.rows))
    if wrong := sorted(table for table in manifest.rows if found[table] != manifest.rows[table]):
        raise RestoreDiffers(tables=", ".join(wrong))
    step(4, 4)
    return manifest


def count_rows(tables: Sequence[str]) -> dict[str, int]:
    """Rows by table."""
    counts = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
            counts[table] = int(cursor.fetchone()[0])
    return counts


def _dump(file: Path) -> dict[str, int]:
    """Dump the database and count its rows, both as of one instant."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")  # the dump may take its time
        cursor.execute("SELECT pg_export_snapshot()")
        pgtools.dump(file, snapshot=cursor.fetchone()[0])
        return count_rows(connection.introspection.table_names(cursor))


def _pack(media: Path, file: Path) -> int:
    """The uploads as one file; how many there are."""
    count = 0
    with tarfile.open(file, "w") as archive:
        for path in sorted(media.rglob("*")) if media.exists() else ():
            if path.is_file():
                archive.add(path, arcname=str(path.relative_to(media)), recursive=False)
                count += 1
    return count


def _unpack(backup: Path, place: Path) -> None:
    """The uploads into a new folder. Only plain files below it: whatever else an archive can say is refused."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    with tarfile.open(backup / MEDIA) as archive:
        for member in archive:
            file = (place / member.name).resolve()
            content = archive.extractfile(member) if member.isfile() else None
            if content is None or not file.is_relative_to(place.resolve()):
                raise BackupDamaged(path=backup, file=f"{MEDIA}: {member.name}")
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("xb") as target:
                shutil.copyfileobj(content, target)


def _occupied(media: Path) -> list[str]:
    tables = connection.introspection.table_names()
    found = [str(_("%(number)s tables") % {"number": len(tables)})] if tables else []
    return found + ([str(media)] if media.exists() and any(media.iterdir()) else [])


def _swap(fresh: Path, place: Path) -> None:
    old = place.with_name(f"{place.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.rename(old)
    fresh.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def _applied_migrations() -> tuple[str, ...]:
    return tuple(sorted(f"{app}.{name}" for app, name in MigrationLoader(connection).applied_migrations))


def _known_migrations() -> set[str]:
    return {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}


def _facts(file: Path) -> FileFacts:
    with file.open("rb") as stream:
        return FileFacts(bytes=file.stat().st_size, sha256=hashlib.file_digest(stream, "sha256").hexdigest())


def _flush_to_disk(file: Path) -> None:
    with file.open("rb") as stream:
        os.fsync(stream.fileno())


def as_answer(folder: Path, manifest: Manifest) -> dict[str, Any]:
    """What a command tells of a backup."""
    return {
        "path": folder,
        "made_at": manifest.made_at,
        "bytes": sum(facts.bytes for facts in manifest.files.values()),
        "tables": len(manifest.rows),
        "rows": sum(manifest.rows.values()),
        "media_files": manifest.media_files,
    }
