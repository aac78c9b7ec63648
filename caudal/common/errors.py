"""Errors that a person can act on."""

from typing import ClassVar

from django.utils.functional import Promise


class DomainError(Exception):
    """A refusal with a reason: `code` for programs, `message` (translated lazily) for people.

    Subclasses live in the module that raises them, set `code` and `template`, and pass their facts as
    keywords; the facts are attributes of the error and fill the template.
    """

    code: ClassVar[str] = "refused"
    template: ClassVar[str | Promise] = "Refused."

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        for name, value in facts.items():
            setattr(self, name, value)
        super().__init__(self.code)

    @property
    def message(self) -> str:
        """The reason in the language now active."""
        return str(self.template) % self.facts

    def __str__(self) -> str:
        return self.message
