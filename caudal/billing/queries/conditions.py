"""What documents say of who issues them and of services, as it was when they were issued."""

from bisect import bisect_right
from collections.abc import Collection, Mapping
from typing import Any, Generic, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, Q

from caudal.billing.models import Conditions
from caudal.registry.models import Organisation
from caudal.tariffs.models import Service

M = TypeVar("M", bound=Model)


class _States(Generic[M]):
    """The states of one organisation or service in order, each made an object once."""

    def __init__(self, model: type[M], pk: int | None) -> None:
        self._model, self._pk = model, pk
        self._fields = {field.name for field in model._meta.concrete_fields}
        self._ids: list[int] = []
        self._said: list[Mapping[str, Any]] = []
        self._made: dict[int, M] = {}

    def add(self, key: int, said: Mapping[str, Any]) -> None:
        self._ids.append(key)
        self._said.append(said)

    def at(self, conditions: int) -> M:
        """The newest state up to these conditions; the first one for what is older than all of them."""
        if not self._ids:
            raise ObjectDoesNotExist
        place = max(bisect_right(self._ids, conditions) - 1, 0)
        if place not in self._made:
            known = {name: value for name, value in self._said[place].items() if name in self._fields}
            self._made[place] = self._model(pk=self._pk, **known)
        return self._made[place]


class ConditionsBook:
    """The organisation and some services by the `conditions` of a document. One query, however many documents.

    They are objects as the stages' own, with what documents say alone: not to be saved.
    """

    def __init__(self, *, service_ids: Collection[int] = ()) -> None:
        self._town = _States(Organisation, None)
        self._services: dict[int, _States[Service]] = {pk: _States(Service, pk) for pk in service_ids}
        wanted = Q(service_id=None) | Q(service_id__in=service_ids)
        for key, service_id, said in (
            Conditions.objects.filter(wanted).order_by("id").values_list("id", "service_id", "said")
        ):
            (self._town if service_id is None else self._services[service_id]).add(key, said)

    def organisation(self, conditions: int) -> Organisation:
        """The organisation as a document says it. Raises ObjectDoesNotExist before it was founded."""
        return self._town.at(conditions)

    def service(self, service_id: int, conditions: int) -> Service:
        """A service as a document says it."""
        return self._services[service_id].at(conditions)
