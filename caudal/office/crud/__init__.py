"""List, page and form screens of the office from one declaration.

An `Entity` says in a few lines what a table is to people: its columns, filters, form, what hangs on a row, how
it ends. `addresses` makes its screens: a list with search, filters, orders, exports and bulk changes that say
beforehand what they will do; a page with its links and its history; a form that tells when somebody else saved
meanwhile; and an end that deletes only what has no history. `caudal/office/entities` has them all.
"""

from caudal.office.crud.entity import (
    BulkAction,
    BulkChange,
    Choice,
    Column,
    Days,
    Effect,
    Ending,
    Entity,
    Link,
    Panel,
    PanelRow,
    Words,
)
from caudal.office.crud.forms import CrudForm, EndForm, Group
from caudal.office.crud.urls import addresses

__all__ = [
    "BulkAction",
    "BulkChange",
    "Choice",
    "Column",
    "CrudForm",
    "Days",
    "Effect",
    "EndForm",
    "Ending",
    "Entity",
    "Group",
    "Link",
    "Panel",
    "PanelRow",
    "Words",
    "addresses",
]
