"""Two towns that write their money and dates differently."""

from types import SimpleNamespace

AGUAS_CLARAS = SimpleNamespace(
    name="Municipalidad de Aguas Claras", symbol="₡", minor_units=0, point=",", group=" ", locale="es-CR"
)
EL_JICARO = SimpleNamespace(
    name="Junta de Agua El Jícaro", symbol="$", minor_units=2, point=".", group=",", locale="es-SV"
)
