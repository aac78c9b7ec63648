"""The people and companies of the town: names as they stand in a Costa Rican registry, numbers that pass its checks."""

from collections.abc import Callable
from random import Random
from typing import Final

from caudal.common.text import search_text
from caudal.registry.operations import PartyData

WOMEN: Final = (
    *("Ana Lorena", "María Fernanda", "Xinia", "Yorleny", "Rosibel", "Guiselle", "Karla Vanessa", "Lidieth"),
    *("Marielos", "Flor de María", "Ileana", "Hazel", "Kattia", "Damaris", "Zeidy", "Maricruz", "Nuria"),
    *(
        "Sonia María",
        "Carmen Lidia",
        "Eugenia",
        "Grettel",
        "Ligia",
        "Adriana",
        "Marta Eugenia",
        "Silvia Elena",
    ),
    *("Jacqueline", "Rocío", "Vilma", "Seidy", "Noemy", "Paola", "Luz Marina", "Olga Marta", "Daniela"),
)
MEN: Final = (
    *("José Ángel", "Carlos Alberto", "Juan Gabriel", "Luis Diego", "Rodolfo", "Óscar Mario", "Gerardo"),
    *("Minor", "Allan", "Wilberth", "Rafael Ángel", "Marvin", "Álvaro", "Freddy", "Johnny", "Greivin"),
    *("Efraín", "Mauricio", "Randall", "Ronald", "Víctor Hugo", "Jorge Eduardo", "Melvin", "Adrián"),
    *(
        "Esteban",
        "Ólger",
        "Édgar",
        "Ulises",
        "Warner",
        "Dagoberto",
        "Franklin",
        "Eliécer",
        "Kenneth",
        "Gilberth",
    ),
)
SURNAMES: Final = (
    *("Mora", "Jiménez", "Rojas", "Vargas", "Araya", "Quesada", "Chaves", "Solís", "Ureña", "Villalobos"),
    *(
        "Cascante",
        "Granados",
        "Picado",
        "Mena",
        "Zúñiga",
        "Badilla",
        "Núñez",
        "Arguedas",
        "Céspedes",
        "Bonilla",
    ),
    *("Elizondo", "Fallas", "Garro", "Hidalgo", "Leitón", "Madrigal", "Naranjo", "Obando", "Peña", "Quirós"),
    *("Retana", "Sibaja", "Trejos", "Umaña", "Valverde", "Wong", "Ybarra", "Zamora", "Barrantes", "Cordero"),
    *(
        "Delgado",
        "Esquivel",
        "Fonseca",
        "Gamboa",
        "Herrera",
        "Castro",
        "Alfaro",
        "Benavides",
        "Carvajal",
        "Duarte",
    ),
)
COMPANIES: Final = (
    ("Pulpería y Licorera {} Limitada", "3-102"),
    ("Inversiones {} del Pacífico Sur Sociedad Anónima", "3-101"),
    ("Ferretería y Materiales {} S. A.", "3-101"),
    ("Soda y Restaurante {} S. R. L.", "3-102"),
    ("Hotel y Cabinas {} S. A.", "3-101"),
    ("Lavacar {} Limitada", "3-102"),
    ("Taller Mecánico {} e Hijos S. A.", "3-101"),
    ("Farmacia {} Sociedad Anónima", "3-101"),
    ("Cooperativa de Productores {} R. L.", "3-004"),
    ("Desarrollos Agropecuarios {} S. A.", "3-101"),
)
COMPANY_WORDS: Final = (
    *("El Higuerón", "Las Lapas", "Tres Hermanos", "La Guaria", "Don Chepe", "Brisas del Río", "El Ceibo"),
    *(
        "San Isidro",
        "La Esquina",
        "Los Manglares",
        "Palma Real",
        "El Almendro",
        "Quebrada Honda",
        "Piedras Blancas",
    ),
    *("El Tucán", "Santa Rosa", "La Colina", "Los Cocos", "El Progreso", "Buena Vista"),
)
INSTITUTIONS: Final = (
    ("Junta de Educación de la Escuela Central de Río Claro", "3-008"),
    ("Temporalidades de la Iglesia Católica, Parroquia Nuestra Señora de los Ángeles", "3-010"),
    ("Asociación de Desarrollo Integral de Barrio Las Mercedes", "3-002"),
    ("Junta Administrativa del Liceo Académico de Río Claro", "3-008"),
    ("Asociación Cruz Roja Costarricense, Comité Auxiliar de Río Claro", "3-002"),
    ("Centro Infantil y de Atención Integral de Santa Rosa", "3-007"),
    ("Asociación Administradora del Salón Comunal El Carmen", "3-002"),
    ("Hogar de Ancianos San Rafael Arcángel", "3-002"),
)
# Each knows his own address; the domain is kept free for examples, so that no mail of the demo reaches anybody.
MAIL_DOMAIN: Final = "correo.example"
WITH_MAIL: Final = 0.7
FOREIGN: Final = 0.03


class Registry:
    """Draws names, numbers and addresses of mail, each once."""

    def __init__(self, seed: str) -> None:
        self._chance = Random(f"names of {seed}")
        self._taken: set[str] = set()
        self._institutions = iter(INSTITUTIONS)

    def person(self, address: str) -> PartyData:
        """Somebody who lives at an address."""
        chance = self._chance
        given = chance.choice(WOMEN if chance.random() < 0.5 else MEN)
        surnames = f"{chance.choice(SURNAMES)} {chance.choice(SURNAMES)}"
        foreign = chance.random() < FOREIGN
        return PartyData(
            given_names=given,
            surnames=surnames,
            identification_type="dimex" if foreign else "cedula",
            identification=self._once(self._residence if foreign else self._identity),
            email=self._mail(given, surnames),
            phone=self._phone("678"),
            address=address,
        )

    def company(self, address: str) -> PartyData:
        """A business."""
        kind, prefix = self._chance.choice(COMPANIES)
        name = kind.format(self._chance.choice(COMPANY_WORDS))
        return self._juridical(name, prefix, address)

    def institution(self, address: str) -> PartyData:
        """A school, a parish, an association; businesses when there are no more of them."""
        name, prefix = next(self._institutions, ("", ""))
        return self._juridical(name, prefix, address) if name else self.company(address)

    def _juridical(self, name: str, prefix: str, address: str) -> PartyData:
        return PartyData(
            kind="juridical",
            legal_name=name,
            identification_type="juridica",
            identification=self._once(lambda: f"{prefix}-{self._chance.randint(90_000, 799_999):06d}"),
            email=self._mail("cuentas", name.split(" ")[-3] if name.count(" ") > 2 else name),
            phone=self._phone("2"),
            address=address,
        )

    def _identity(self) -> str:
        chance = self._chance
        return f"{chance.choice('1123456667')}-{chance.randint(180, 1190):04d}-{chance.randint(1, 999):04d}"

    def _residence(self) -> str:
        return f"1{self._chance.randint(10**10, 10**11 - 1)}"

    def _once(self, draw: Callable[[], str]) -> str:
        while (number := draw()) in self._taken:
            continue
        self._taken.add(number)
        return number

    def _mail(self, given: str, surnames: str) -> str:
        if self._chance.random() > WITH_MAIL:
            return ""
        first, last = (search_text(text).split(" ")[0] for text in (given, surnames))
        return self._once(lambda: f"{first}.{last}{self._chance.randint(1, 999)}@{MAIL_DOMAIN}")

    def _phone(self, first: str) -> str:
        return (
            f"{self._chance.choice(first)}{self._chance.randint(100, 999)}-{self._chance.randint(1000, 9999)}"
        )
