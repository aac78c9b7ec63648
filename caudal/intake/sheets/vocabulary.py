"""The words that offices write above their columns, by kind of sheet and field.

A phrase is a set of words; `never` are words that make the heading another one («fecha lectura anterior» is
not the previous register). Words of several countries stand side by side: dui, cédula, RUC; medidor, contador.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

# Nobody is called so: a row that begins with one sums up others, however full it is.
TOTAL_WORDS: Final = frozenset(
    {"total", "totales", "subtotal", "subtotales", "suma", "sumas", "sumatoria", "promedio"}
)
# What else an incomplete row below a table begins with.
FOOTER_WORDS: Final = TOTAL_WORDS | frozenset(
    {
        *(
            "gran",
            "registros",
            "elaborado",
            "elaboró",
            "elaboro",
            "impreso",
            "generado",
            "revisado",
            "revisó",
        ),
        *(
            "reviso",
            "hecho",
            "fuente",
            "nota",
            "notas",
            "página",
            "pagina",
            "firma",
            "van",
            "vienen",
            "aprobado",
        ),
    }
)
# Words that many headings carry and that tell nothing apart.
FILLERS: Final = frozenset({"de", "del", "la", "el", "los", "las", "y", "o", "en", "por", "al", "a", "m3"})


@dataclass(frozen=True, slots=True)
class Field:
    """What a column can say. `form` is how its cells are read: id, date, number, text or name."""

    name: str
    form: str
    phrases: tuple[frozenset[str], ...]
    never: frozenset[str]

    def fit(self, heading: frozenset[str]) -> tuple[int, int] | None:
        """How well a heading names this field among others: words matched, and whether it says nothing else."""
        matches = [] if heading & self.never else [p for p in self.phrases if p <= heading]
        if not matches:
            return None
        best = max(matches, key=len)
        return len(best), int(best == heading - FILLERS)

    def preference(self, heading: frozenset[str]) -> tuple[int, int]:
        """How much this field would rather have this heading than another: earlier phrase, fewer other words."""
        place = next(i for i, phrase in enumerate(self.phrases) if phrase <= heading)
        return -place, -len(heading - FILLERS)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of sheet: its fields, those it cannot be without, and the one that names its rows.

    `required` lists alternatives in groups by `|`: one of each group must be there.
    """

    name: str
    fields: tuple[Field, ...]
    groups: tuple[tuple[str, ...], ...]
    key: str

    @property
    def required(self) -> tuple[str, ...]:
        """The fields that no row may be without."""
        return tuple(name for group in self.groups for name in group if len(group) == 1)

    def accepts(self, columns: Collection[str]) -> bool:
        """Whether a header with these fields can be of this kind."""
        return all(any(name in columns for name in group) for group in self.groups)


def _field(name: str, form: str, phrases: str, never: str = "") -> Field:
    """Phrases are separated by commas, in order of preference."""
    return Field(
        name,
        form,
        tuple(frozenset(phrase.split()) for phrase in phrases.split(",")),
        frozenset(never.split()),
    )


_IDENTIFICATION: Final = (
    "dui,cedula,identificacion,documento identidad,numero documento,no documento,nit,ruc,rut,rnc,rfc,curp,"
    "dni,cuit,dimex,nid,numero identidad,identidad,documento,cc,ci,id cliente,codigo cliente,id"
)
_PEOPLE: Final = "cliente,abonado,suscriptor,asociado,titular,usuario,propietario"
_HOLDER: Final = f"{_IDENTIFICATION},identificacion cliente,{_PEOPLE}"
_METER: Final = (
    "serial medidor,serie medidor,numero medidor,no medidor,medidor,contador,serial contador,serie contador,"
    "numero contador,serial,serie,id medidor,codigo medidor,nise,nis"
)
_NOT_AN_ID: Final = "nombre nombres apellido apellidos direccion correo telefono tipo fecha sector estado"
_STREET: Final = "direccion,domicilio,ubicacion,direccion servicio,residencia,lugar"

CUSTOMERS: Final = Kind(
    "customers",
    (
        _field("given_names", "name", "nombres,nombre,primer nombre", "completo apellido apellidos medidor"),
        _field("surnames", "name", "apellidos,apellido,primer apellido", "nombre nombres segundo"),
        _field("second_surname", "name", "segundo apellido"),
        _field(
            "full_name",
            "name",
            "nombre completo,nombre apellidos,nombres apellidos,apellidos nombres,nombre cliente,razon social,"
            "nombre abonado,nombre suscriptor,nombre usuario,cliente,abonado,suscriptor,asociado,titular,usuario",
            "id dui cedula identificacion documento codigo numero no nit ruc tipo",
        ),
        _field("identification", "id", _IDENTIFICATION, f"{_NOT_AN_ID} medidor factura"),
        _field("email", "text", "correo electronico,correo,email,e mail,mail,correo e"),
        _field("address", "text", _STREET, "correo electronico electronica email"),
        _field("phone", "text", "telefono,celular,movil,tel,telefono celular,whatsapp,contacto"),
    ),
    (("identification",), ("given_names", "full_name")),
    "identification",
)

METERS: Final = Kind(
    "meters",
    (
        _field(
            "serial", "id", _METER, "fecha lectura estado marca direccion ubicacion cliente dui cedula tipo"
        ),
        _field("customer", "id", _HOLDER, "nombre nombres apellido apellidos direccion fecha serial medidor"),
        _field(
            "installed_on",
            "date",
            "fecha instalacion,instalado,instalacion,fecha colocacion,instalado el,fecha alta,fecha conexion,fecha",
            "retiro lectura baja numero",
        ),
        _field("status", "text", "estado,activo,situacion,condicion,estatus", "civil pago factura"),
        _field("sector", "text", "sector,zona,barrio,colonia,comunidad,ruta,caserio"),
        _field("address", "text", _STREET, "correo"),
        _field("brand", "text", "marca,fabricante,modelo"),
    ),
    (("serial",), ("customer",)),
    "serial",
)

READINGS: Final = Kind(
    "readings",
    (
        _field("meter", "id", _METER, "lectura anterior actual fecha estado"),
        _field(
            "read_on",
            "date",
            "fecha lectura,fecha toma,fecha lectura actual,fecha actual,fecha,leido,tomada el,dia lectura",
            "anterior previa instalacion pago vencimiento emision",
        ),
        _field(
            "previous",
            "number",
            "lectura anterior,lectura previa,anterior,previa,lectura inicial,registro anterior,ant",
            "fecha dia",
        ),
        _field(
            "current",
            "number",
            "lectura actual,actual,lectura presente,lectura final,registro actual,lectura,registro,act",
            "fecha dia anterior previa inicial consumo observacion tomada lector",
        ),
        _field(
            "consumption", "number", "consumo,consumo m3,m3 consumidos,volumen,m3,metros cubicos", "fecha"
        ),
        _field(
            "note", "text", "observacion,observaciones,nota,notas,comentario,comentarios,novedad,anomalia"
        ),
    ),
    (("meter",), ("read_on",), ("current",)),
    "meter",
)

_PAID: Final = "fecha pago,pagado el,fecha cancelacion,fecha cobro"
INVOICES: Final = Kind(
    "invoices",
    (
        _field(
            "number",
            "id",
            "factura no,factura numero,numero factura,no factura,factura,recibo no,numero recibo,recibo,"
            "documento no,numero documento,folio,comprobante,nro factura,nro recibo,aviso cobro",
            "fecha emision vencimiento total estado medidor cliente cedula",
        ),
        _field(
            "customer", "id", _HOLDER, "nombre nombres apellido apellidos direccion fecha factura no recibo"
        ),
        _field("meter", "id", _METER, "lectura anterior actual fecha estado"),
        _field(
            "covers_from",
            "date",
            "desde,periodo desde,fecha desde,inicio periodo,fecha inicio,inicio,periodo inicio,del",
            "hasta fin",
        ),
        _field(
            "covers_until",
            "date",
            "hasta,periodo hasta,fecha hasta,fin periodo,fecha fin,fin,periodo fin,al,fecha corte",
            "desde inicio pagar",
        ),
        _field("issued_on", "date", "emision,fecha emision,emitida,fecha factura,fecha facturacion,fecha"),
        _field(
            "due_date",
            "date",
            "vencimiento,fecha vencimiento,vence,fecha limite,limite pago,pagar antes,pague hasta,fecha limite pago",
        ),
        _field("status", "text", "estado,situacion,estatus,condicion", "cuenta"),
        _field("concept", "text", "concepto,servicio,rubro,descripcion,detalle,item,cargo", "fecha codigo"),
        _field(
            "unit_price",
            "number",
            "precio unitario,valor unitario,precio,tarifa,valor m3,precio m3,costo unitario,unitario",
        ),
        _field("quantity", "number", "cantidad,consumo,m3,unidades,cant,volumen", "fecha"),
        _field("subtotal", "number", "subtotal,sub total,importe,neto,valor,base,monto neto", "unitario"),
        _field("tax", "number", "impuesto,iva,igv,isv,itbis,impuestos,tax", "subtotal total base"),
        _field("total", "number", "total,total linea,monto,total pagar,valor total,importe total", "sub"),
        _field("paid_on", "date", _PAID),
        _field("note", "text", "observacion,observaciones,nota,notas,comentario,comentarios"),
    ),
    (("number",), ("customer", "meter"), ("issued_on",), ("total",)),
    "number",
)

KINDS: Final = (CUSTOMERS, METERS, READINGS, INVOICES)


def forms_of(kind: str, form: str) -> tuple[str, ...]:
    """The fields of a kind of sheet whose cells are read in this form."""
    return tuple(one.name for one in kind_named(kind).fields if one.form == form)


def kind_named(name: str) -> Kind:
    """The kind of sheet of that name."""
    return next(kind for kind in KINDS if kind.name == name)
