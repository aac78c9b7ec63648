"""Identification numbers of people and companies, checked by country before they become a party's identity.

Check digits come from python-stdnum; the Salvadoran DUI, which it lacks, is checked here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from stdnum.ar import cuit as ar_cuit
from stdnum.ar import dni as ar_dni
from stdnum.cl import rut as cl_rut
from stdnum.co import nit as co_nit
from stdnum.cr import cpf as cr_cpf
from stdnum.cr import cpj as cr_cpj
from stdnum.cr import cr as cr_dimex
from stdnum.do import cedula as do_cedula
from stdnum.do import rnc as do_rnc
from stdnum.ec import ci as ec_ci
from stdnum.ec import ruc as ec_ruc
from stdnum.exceptions import ValidationError
from stdnum.gt import nit as gt_nit
from stdnum.mx import curp as mx_curp
from stdnum.mx import rfc as mx_rfc
from stdnum.pe import cui as pe_cui
from stdnum.pe import ruc as pe_ruc
from stdnum.py import ruc as py_ruc
from stdnum.sv import nit as sv_nit
from stdnum.uy import rut as uy_rut

from caudal.common.errors import DomainError

DUI_DIGITS = 9
DUI_WEIGHTS = range(9, 1, -1)
CR_FULL_LENGTH = 10
CO_LENGTHS = (3, 10)


class WrongIdentification(DomainError):
    """Facts: `value` as given, `type_name`."""

    code = "wrong_identification"
    template = _("%(value)s is not a valid %(type_name)s: check its digits.")


class UnknownIdentificationType(DomainError):
    """Facts: `type_code`, `country`."""

    code = "unknown_identification_type"
    template = _("There is no identification of type “%(type_code)s” in %(country)s.")


@dataclass(frozen=True, slots=True)
class IdentificationType:
    """A kind of number. `printed` gives a text's printed form, or raises ValidationError."""

    code: str
    name: str | Promise
    natural: bool
    juridical: bool
    printed: Callable[[str], str]


def dui(text: str) -> str:
    """Printed DUI 00000000-0: nine digits, the last one checks the others (weights 9 to 2, modulo 10)."""
    digits = "".join(c for c in text if c not in " -.")
    if len(digits) != DUI_DIGITS or not digits.isascii() or not digits.isdigit():
        raise ValidationError
    weighted = sum(weight * int(digit) for weight, digit in zip(DUI_WEIGHTS, digits, strict=False))
    if int(digits[-1]) != -weighted % 10:
        raise ValidationError
    return f"{digits[:8]}-{digits[8]}"


def _costa_rican(text: str) -> str:
    """A cédula física as people write it, 0-0000-0000: the library's leading zero is not printed."""
    number = cr_cpf.validate(text)[-CR_FULL_LENGTH + 1 :]
    return f"{number[0]}-{number[1:5]}-{number[5:]}"


def _colombian(text: str) -> str:
    """A cédula de ciudadanía: three to ten digits without a check digit, printed with points."""
    digits = "".join(c for c in text if c not in " -.,")
    if not (digits.isascii() and digits.isdigit() and CO_LENGTHS[0] <= len(digits) <= CO_LENGTHS[1]):
        raise ValidationError
    return f"{int(digits):,}".replace(",", ".")


def _foreign(text: str) -> str:
    """A document of another country: something to tell people apart by, no rule to check it with."""
    cleaned = " ".join(text.split())
    if not any(c.isalnum() for c in cleaned):
        raise ValidationError
    return cleaned


def _numbers(module: ModuleType) -> Callable[[str], str]:
    """Validate with a python-stdnum module and print as it does."""

    def printed(text: str) -> str:
        number: str = module.validate(text)
        formatted: str = module.format(number) if hasattr(module, "format") else number
        return formatted

    return printed


_FOREIGN: Final = (
    IdentificationType("passport", _("passport"), True, False, _foreign),
    IdentificationType("other", _("other document"), True, True, _foreign),
)

_TYPES: Final[dict[str, tuple[IdentificationType, ...]]] = {
    "AR": (
        IdentificationType("dni", "DNI", True, False, _numbers(ar_dni)),
        IdentificationType("cuit", "CUIT", True, True, _numbers(ar_cuit)),
    ),
    "CL": (IdentificationType("rut", "RUT", True, True, _numbers(cl_rut)),),
    "CO": (
        IdentificationType("nit", "NIT", True, True, _numbers(co_nit)),
        IdentificationType("cedula", "cédula de ciudadanía", True, False, _colombian),
    ),
    "CR": (
        IdentificationType("cedula", "cédula", True, False, _costa_rican),
        IdentificationType("juridica", "cédula jurídica", False, True, _numbers(cr_cpj)),
        IdentificationType("dimex", "DIMEX", True, False, _numbers(cr_dimex)),
    ),
    "DO": (
        IdentificationType("cedula", "cédula", True, False, _numbers(do_cedula)),
        IdentificationType("rnc", "RNC", False, True, _numbers(do_rnc)),
    ),
    "EC": (
        IdentificationType("cedula", "cédula", True, False, _numbers(ec_ci)),
        IdentificationType("ruc", "RUC", True, True, _numbers(ec_ruc)),
    ),
    "GT": (IdentificationType("nit", "NIT", True, True, _numbers(gt_nit)),),
    "MX": (
        IdentificationType("curp", "CURP", True, False, _numbers(mx_curp)),
        IdentificationType("rfc", "RFC", True, True, _numbers(mx_rfc)),
    ),
    "PE": (
        IdentificationType("dni", "DNI", True, False, _numbers(pe_cui)),
        IdentificationType("ruc", "RUC", True, True, _numbers(pe_ruc)),
    ),
    "PY": (IdentificationType("ruc", "RUC", True, True, _numbers(py_ruc)),),
    "SV": (
        IdentificationType("dui", "DUI", True, False, dui),
        IdentificationType("nit", "NIT", True, True, _numbers(sv_nit)),
    ),
    "UY": (IdentificationType("rut", "RUT", True, True, _numbers(uy_rut)),),
}


def types_for(country: str) -> tuple[IdentificationType, ...]:
    """The kinds of identification a town of that country writes, its own first."""
    return (*_TYPES.get(country, ()), *_FOREIGN)


def check(*, country: str, type_code: str, text: str) -> str:
    """The number as it is printed.

    Raises WrongIdentification when its digits do not hold, UnknownIdentificationType for a type that the
    country lacks.
    """
    found = next((kind for kind in types_for(country) if kind.code == type_code), None)
    if found is None:
        raise UnknownIdentificationType(type_code=type_code, country=country)
    try:
        return found.printed(text)
    except ValidationError as wrong:
        raise WrongIdentification(value=text, type_name=found.name) from wrong


def recognise(*, country: str, text: str) -> tuple[str, str] | None:
    """The (type code, printed form) of the first of the country's types that accepts the text, or None."""
    for kind in _TYPES.get(country, ()):
        try:
            return kind.code, kind.printed(text)
        except ValidationError:
            continue
    return None
