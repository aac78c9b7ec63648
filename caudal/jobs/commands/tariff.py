"""`caudal tariff`: tariffs as files, and the price of a case."""

import argparse
import json
import sys
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from caudal.common import clock
from caudal.common.actor import SYSTEM
from caudal.common.errors import DomainError
from caudal.jobs.console import Exit, complain, iso_day, print_json, writing
from caudal.kernel.pricing import Priced, line_to_json
from caudal.registry.context import activate_town_timezone
from caudal.tariffs.models import Tariff
from caudal.tariffs.operations import UnpublishableTariff, import_tariff, publish_version
from caudal.tariffs.queries import exported, simulate, version_on
from caudal.tariffs.sentences import problem_sentence

HELP: Final = _(
    "Tariffs as files (docs/tariffs.md): put one in force, write one out, or price a case without storing "
    "anything."
)


class NoSuchTariff(DomainError):
    """There is no published version. Facts: `tariff`, `day`."""

    code = "no_such_tariff"
    template = _("The tariff “%(tariff)s” has no published version on %(day)s.")


class UnreadableFile(DomainError):
    """The file cannot be read. Facts: `path`, `reason`."""

    code = "unreadable_file"
    template = _("Cannot read %(path)s: %(reason)s.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    bring = actions.add_parser("import", help=str(_("put the tariff of a file in force")))
    bring.add_argument("file", type=Path)
    bring.add_argument("--code", required=True, help=str(_("the tariff's code; a new one is made at need")))
    bring.add_argument("--from", dest="valid_from", type=iso_day, help=str(_("its first day")))
    bring.add_argument("--draft", action="store_true", help=str(_("prepare it, do not publish it")))
    write = actions.add_parser("export", help=str(_("write the version in force as a file")))
    write.add_argument("code")
    write.add_argument("--on", type=iso_day, help=str(_("the day asked for; today")))
    write.add_argument("--output", type=Path, help=str(_("a file; standard output otherwise")))
    ask = actions.add_parser("price", help=str(_("price one case")))
    ask.add_argument("tariff", help=str(_("a tariff file, or the code of a tariff in force")))
    ask.add_argument("--usage", type=_number, help=str(_("in the tariff's unit")))
    ask.add_argument("--case", type=Path, help=str(_("a file with the case's context, as JSON")))
    ask.add_argument("--on", type=iso_day, help=str(_("the day asked for; today")))
    for action in (bring, write, ask):
        action.add_argument("--json", action="store_true", help=str(_("answer one line of JSON")))


def run(args: argparse.Namespace) -> int:
    activate_town_timezone()
    actions = {"import": _import, "export": _export, "price": _price}
    return actions[args.action](args)


def _import(args: argparse.Namespace) -> int:
    try:
        with transaction.atomic():
            version = import_tariff(
                code=args.code, text=_read(args.file), valid_from=args.valid_from, by=SYSTEM
            )
            if not args.draft:
                version = publish_version(version_id=version.pk, by=SYSTEM)
    except UnpublishableTariff as refusal:
        if args.json:
            print_json(
                {"problems": [{**p._asdict(), "message": problem_sentence(p)} for p in refusal.problems]}
            )
        for problem in refusal.problems:
            complain(problem_sentence(problem))
        return Exit.FOUND
    stored = {
        "version": version.pk,
        "tariff": args.code,
        "valid_from": version.valid_from,
        "published": not args.draft,
    }
    if args.json:
        print_json(stored)
    else:
        print(_("%(tariff)s holds from %(valid_from)s.") % stored)
    return Exit.OK


def _export(args: argparse.Namespace) -> int:
    definition = _in_force(args.code, args.on)
    if args.json:
        print_json(definition)
        return Exit.OK
    text = json.dumps(definition, ensure_ascii=False, indent=2) + "\n"
    if args.output is None:
        sys.stdout.write(text)
    else:
        with writing(args.output):
            args.output.write_text(text)
    return Exit.OK


def _price(args: argparse.Namespace) -> int:
    path = Path(args.tariff)
    definition = _json(path) if path.suffix == ".json" else _in_force(args.tariff, args.on)
    case = _json(args.case) if args.case else None
    if case is not None and not isinstance(case, dict):
        raise UnreadableFile(path=args.case, reason=_("it is no JSON object"))
    found = simulate(definition=definition, usage=args.usage, case=case)
    if found.priced is None:
        if args.json:
            print_json({"refusals": list(found.refusals)})
        for refusal in found.refusals:
            complain(refusal)
        return Exit.FOUND
    if args.json:
        print_json(_as_json(found.priced))
    else:
        print(found.priced.net)
    return Exit.OK


def _as_json(priced: Priced) -> dict[str, Any]:
    return {
        "net": priced.net,
        "taxable_net": priced.taxable_net,
        "exempt_net": priced.exempt_net,
        "quantity": priced.quantity,
        "unit": priced.unit,
        "lines": [line_to_json(line) for line in priced.lines],
    }


def _in_force(code: str, on: date | None) -> dict[str, Any]:
    day = on or clock.today()
    tariff = Tariff.objects.filter(code=code).first()
    version = version_on(tariff_id=tariff.pk, day=day) if tariff else None
    if version is None:
        raise NoSuchTariff(tariff=code, day=day)
    return exported(version)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as failure:
        raise UnreadableFile(path=path, reason=failure) from failure


def _json(path: Path) -> Any:
    try:
        return json.loads(_read(path), parse_float=Decimal)
    except json.JSONDecodeError as failure:
        raise UnreadableFile(path=path, reason=failure) from failure


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as wrong:
        raise argparse.ArgumentTypeError(text) from wrong
