"""The forms of the second step, in words of ours."""

from typing import Any

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm

from caudal.common.spoken import spanish, spanish_lazy

CODE = spanish_lazy("Código")
NAME = spanish_lazy("Nombre de la llave")


class CodeForm(AuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        as_code(self)


class CodeAgainForm(ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        as_code(self)


class FirstCodeForm(ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        as_code(self)


class AddKeyForm(AddWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = NAME
        self.fields["name"].help_text = spanish("Para saber cuál es: «Teléfono de la casa».")
        self.fields["passwordless"].label = spanish("Entrar solo con esta llave, sin contraseña")
        self.fields["passwordless"].help_text = spanish("Pide la huella, la cara o el PIN cada vez.")


class EditKeyForm(EditWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = NAME


def as_code(form: Any) -> None:
    """A field for a code: figures, no placeholder that passes for a value."""
    field = form.fields["code"]
    field.label = CODE
    field.widget.attrs = {"autocomplete": "one-time-code", "inputmode": "text", "autocapitalize": "none"}
