"""A backup is verified when it is made and when it is put back, and is put back whole or not at all."""

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from caudal.common.embedded import Embedded
from caudal.jobs.backups import BackupDamaged, BackupFromLaterVersion, verify_backup
from caudal.jobs.console import Exit
from tests.support.fixtures import open_folder
from tests.support.processes import COMMAND

PHOTO = b"\xff\xd8 a photo of a meter"
KEEP_PHOTO = (
    "INSERT INTO metering_photo (sha256, content, thumbnail) SELECT encode(sha256(jpeg), 'hex'), jpeg, jpeg "
    "FROM (SELECT '\\xffd8ff00'::bytea) AS taken (jpeg) RETURNING sha256"
)
PHOTOS = "SELECT sha256, content FROM metering_photo"


class Installation:
    """A home with Caudal in it, used by the command alone."""

    def __init__(self, home: Path, environ: dict[str, str]) -> None:
        self.home = home
        self._environ = environ | {"CAUDAL_HOME": str(home), "CAUDAL_ADMIN_PASSWORD": "una-clave-muy-larga"}

    def run(self, *words: str, code: int = Exit.OK) -> str:
        done = subprocess.run(
            [sys.executable, COMMAND, *words],
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout
        return done.stdout

    def found(self, name: str) -> None:
        self.run("init", "--preset", "community-board", "--name", name, "--admin", "rosa")
        (self.home / "media" / "ab").mkdir(parents=True)
        (self.home / "media" / "ab" / "photo.jpg").write_bytes(PHOTO)

    def query(self, sql: str) -> list[tuple[object, ...]]:
        server = Embedded(self.home)
        server.use()
        try:
            with psycopg.connect(host=server.host, user="caudal", dbname="caudal") as connection:
                return connection.execute(sql.encode()).fetchall()
        finally:
            server.leave()

    @property
    def name(self) -> object:
        return self.query("SELECT name FROM registry_organisation")[0][0]


@pytest.fixture(scope="module")
def original(clean_environ: dict[str, str]) -> Iterator[Installation]:
    """An installation with a backup of it beside, in `backup`."""
    with open_folder() as folder:
        installation = Installation(folder / "original", clean_environ)
        installation.found("Junta de Agua El Zapote")
        installation.query(KEEP_PHOTO)
        installation.run("audit", "seal")
        told = installation.run("backup", str(folder / "backup"), "--json")
        assert json.loads(told)["media_files"] == 2  # the photo, and the daily seal
        yield installation


@pytest.fixture
def backup(original: Installation, tmp_path: Path) -> Path:
    """A copy of the backup, for a test to spoil."""
    return Path(shutil.copytree(original.home.with_name("backup"), tmp_path / "backup"))


def test_an_installation_moves_to_an_empty_place(
    original: Installation, backup: Path, home: Path, environ: dict[str, str]
) -> None:
    elsewhere = Installation(home, environ)
    answer = json.loads(elsewhere.run("restore", str(backup), "--json"))
    manifest = json.loads((backup / "manifest.json").read_text())
    assert answer["rows"] == sum(manifest["rows"].values())
    assert elsewhere.name == "Junta de Agua El Zapote"
    assert json.loads(elsewhere.run("audit", "verify", "--json")) == {"seals": 1, "broken": []}
    assert (home / "media" / "ab" / "photo.jpg").read_bytes() == PHOTO
    assert (home / "secret.key").read_text() == (original.home / "secret.key").read_text()
    users = "SELECT username, password FROM access_user"
    assert elsewhere.query(users) == original.query(users)
    assert elsewhere.query(PHOTOS) == original.query(PHOTOS) != []
    elsewhere.run("migrate", "--check")


def test_what_is_there_is_replaced_only_by_force_and_while_nobody_uses_it(
    backup: Path, home: Path, environ: dict[str, str]
) -> None:
    occupied = Installation(home, environ)
    occupied.found("Otra Junta")
    assert "--force" in occupied.run("restore", str(backup), code=Exit.REFUSED)

    server = Embedded(home)
    server.use()
    with psycopg.connect(host=server.host, user="caudal", dbname="caudal") as web:
        web.execute("SELECT FROM access_user")
        occupied.run("restore", str(backup), "--force", code=Exit.REFUSED)
    server.leave()
    assert occupied.name == "Otra Junta", "whole, or not at all"

    occupied.run("restore", str(backup), "--force")
    assert occupied.name == "Junta de Agua El Zapote"


def test_a_changed_backup_changes_nothing(backup: Path, home: Path, environ: dict[str, str]) -> None:
    flip_a_bit(backup / "database.dump")
    empty = Installation(home, environ)
    assert "database.dump" in empty.run("restore", str(backup), code=Exit.REFUSED)
    assert empty.query("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
    assert not (home / "media").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("file", ["database.dump", "media.tar", "secret.key"])
def test_every_bit_of_a_backup_is_looked_at(file: str, backup: Path) -> None:
    assert verify_backup(backup).media_files == 2
    flip_a_bit(backup / file)
    with pytest.raises(BackupDamaged) as refusal:
        verify_backup(backup)
    assert refusal.value.facts["file"] == file


@pytest.mark.django_db
@pytest.mark.parametrize("file", ["database.dump", "media.tar", "manifest.json"])
def test_a_backup_with_a_file_lost_is_refused(file: str, backup: Path) -> None:
    (backup / file).unlink()
    with pytest.raises(BackupDamaged) as refusal:
        verify_backup(backup)
    assert refusal.value.facts["file"] == file


def test_an_upload_that_would_land_elsewhere_is_refused(
    backup: Path, home: Path, environ: dict[str, str]
) -> None:
    with tarfile.open(backup / "media.tar", "w") as archive:
        archive.add(backup / "manifest.json", arcname="../outside.jpg")
    manifest = json.loads((backup / "manifest.json").read_text())
    content = (backup / "media.tar").read_bytes()
    manifest["files"]["media.tar"] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (backup / "manifest.json").write_text(json.dumps(manifest))
    empty = Installation(home / "place", environ)
    assert "media.tar" in empty.run("restore", str(backup), code=Exit.REFUSED)
    assert not list(home.rglob("outside.jpg"))


@pytest.mark.django_db
def test_a_backup_of_a_later_version_is_refused(backup: Path) -> None:
    manifest = backup / "manifest.json"
    content = json.loads(manifest.read_text())
    content["migrations"].append("billing.9999_of_the_future")
    manifest.write_text(json.dumps(content))
    with pytest.raises(BackupFromLaterVersion):
        verify_backup(backup)


def test_a_backup_never_overwrites_another_and_only_its_owner_reads_it(original: Installation) -> None:
    folder = original.home.with_name("backup")
    original.run("backup", str(folder), code=Exit.REFUSED)
    assert folder.stat().st_mode & 0o077 == 0


def flip_a_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
