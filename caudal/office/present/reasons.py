"""Why a run left a service out, in the clerk's words, and what to do about it."""

from collections.abc import Mapping
from typing import Final

from caudal.office.present.tariff_words import ATTRIBUTES
from caudal.tariffs.sentences import sentence

# The codes of the run. Those of the pricing kernel have their own sentences, with figures.
REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "no_reading": ("Sin lectura", "Anote la lectura y vuelva a intentarlo."),
    "no_tariff": ("Sin tarifa vigente", "Publique una versión que cubra la fecha."),
    "no_connection": ("Servicio medido sin conexión", "Asígnele la conexión al servicio."),
    "base_held": ("Depende de otro servicio retenido", "Corrija primero el otro servicio."),
    "account_unread": (
        "Espera la lectura de otra conexión de la cuenta",
        "Anote la lectura que falta: la tarifa cobra la suma de la cuenta.",
    ),
    "account_differs": (
        "Las conexiones de la cuenta no son iguales",
        "Iguale el dato en todas, o use una tarifa por conexión.",
    ),
    "account_overbilled": (
        "Las otras conexiones de la cuenta ya pagaron de más",
        "Anule también las facturas de ese mes y facture de nuevo.",
    ),
    "already_billed": ("Ya estaba facturado", "Nada: tiene su factura de este mes."),
    "billed_to_the_end": ("Ya pagó hasta el día en que se fue", "Nada: no le queda consumo por cobrar."),
    "waits_for_reading": ("Espera la próxima lectura", "Nada: se cobra con la lectura siguiente."),
    "refused": ("La base de datos no acepta la factura", "Revise los montos y los datos de la cuenta."),
    "negative_usage": ("Consumo negativo", "Revise las lecturas: una va hacia atrás."),
}
# The kernel's codes as the names of groups, where there are no figures yet.
GROUPS: Final[Mapping[str, str]] = {
    "missing_attribute": "Falta un dato que pide la tarifa",
    "no_value": "La tarifa no tiene precio para un dato",
    "attribute_not_number": "Un dato no es un número",
    "missing_allowance": "Falta un límite que pide la tarifa",
    "missing_base": "Falta el cobro del que es un porcentaje",
    "too_large": "El monto es demasiado grande",
}
TO_DO: Final = "Complete el dato que pide la tarifa."
# Where the datum is written that an attribute stands for.
TO_DO_BY_ATTRIBUTE: Final[Mapping[str, str]] = {
    "declared_value": "Declare el valor en la página de la propiedad.",
    "category": "Escriba la categoría en el servicio contratado.",
}


def title_of_reason(code: str) -> str:
    """The name of a group of exceptions."""
    known = REASONS.get(code)
    return known[0] if known else GROUPS.get(code, "No se puede calcular")


def reason_of(code: str, detail: Mapping[str, str]) -> tuple[str, str]:
    """What an exception's code and figures say, and what to do about it."""
    if code in REASONS:
        return REASONS[code]
    attribute = detail.get("attribute", "")
    said = sentence(code, {**detail, "attribute": ATTRIBUTES.get(attribute, attribute)})
    return said, TO_DO_BY_ATTRIBUTE.get(attribute, TO_DO)
