"""The tags and filters, as a template uses them."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.messages import constants
from django.core.paginator import Paginator
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from caudal.common.ui.charts import Bar
from tests.unit.ui.towns import AGUAS_CLARAS, EL_JICARO

NARROW = "\N{NARROW NO-BREAK SPACE}"


def render(source: str, address: str = "/", **context: Any) -> str:
    """A template with the tags loaded, a town, and a request for an address."""
    values = {"town": AGUAS_CLARAS, "request": RequestFactory().get(address)} | context
    return Template("{% load caudal_ui %}" + source).render(Context(values))


class Delivery(forms.Form):
    name = forms.CharField(label="Nombre", help_text="Como en la cédula.")
    note = forms.CharField(label="Nota", required=False)
    way = forms.ChoiceField(
        label="Entrega", choices=[("mail", "Correo"), ("print", "Impresa")], widget=forms.RadioSelect
    )
    active = forms.BooleanField(label="Activo", required=False)


def filled(**typed: str) -> Delivery:
    form = Delivery(typed)
    form.is_valid()
    return form


def test_money_carries_its_plain_value_for_machines() -> None:
    html = render("{{ amount|money:town }}", amount=Decimal("12480.00"))
    assert html == f'<data class="money" value="12480">₡12{NARROW}480</data>'


def test_the_one_amount_of_a_page_sets_its_symbol_apart_and_keeps_its_sign() -> None:
    html = render("{{ amount|money_big:town }}", amount=Decimal("-1234.5"), town=EL_JICARO)
    assert html == '<data class="money big" value="-1234.5">−<span class="cur">$</span>1,234.50</data>'


def test_an_amount_for_machines_is_never_localised() -> None:
    assert render("{{ amount|plain }}", amount=Decimal("5800.50")) == "5800.5"
    assert render("{{ amount|plain }}", amount=Decimal("17640.00")) == "17640"


def test_a_state_is_icon_word_and_tone_together() -> None:
    html = render("{{ state|status }}", state="overdue")
    assert 'class="status is-overdue"' in html
    assert "#overdue" in html
    assert "Vencida" in html


def test_the_same_code_has_the_word_of_its_noun() -> None:
    assert "Por revisar" in render('{{ "pending"|status:"reading" }}')
    assert "Pendiente" in render('{{ "pending"|status }}')


def test_a_state_nobody_drew_is_told_plainly() -> None:
    html = render("{{ state|status }}", state="<b>nuevo")
    assert "is-plain" in html
    assert "&lt;b&gt;nuevo" in html


def test_what_people_wrote_is_escaped_in_every_part() -> None:
    evil = "<script>alert(1)</script>"
    source = (
        "{% page_head evil lede=evil crumbs=crumbs %}{{ evil }}{% endpage_head %}"
        "{% notice 'info' evil %}{{ evil }}{% endnotice %}{% dialog 'd' evil %}{{ evil }}{% enddialog %}"
        "{% th evil %}{% chip evil estado=evil %}{% status 'paid' evil %}"
    )
    html = render(source, evil=evil, crumbs=[(evil, evil)])
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 9


def test_the_buttons_of_a_page_head_stay_html() -> None:
    html = render('{% page_head "Clientes" %}<a class="btn" href="/x">Nuevo</a>{% endpage_head %}')
    assert '<a class="btn" href="/x">Nuevo</a>' in html


def test_a_sorted_column_says_so_and_turns_around_when_asked_again() -> None:
    html = render('{% th "Saldo" sort="saldo" cls="num" %}', "/?orden=saldo&estado=vencidos&p=3")
    assert 'aria-sort="ascending"' in html
    assert (
        'href="?orden=-saldo&amp;estado=vencidos"' in html
        or 'href="?estado=vencidos&amp;orden=-saldo"' in html
    )


def test_a_column_that_is_not_sorted_offers_it_from_the_first_page() -> None:
    html = render('{% th "Nombre" sort="nombre" %}', "/?orden=-saldo&p=3")
    assert "aria-sort" not in html
    assert 'href="?orden=nombre"' in html


def test_a_filter_is_an_address_that_keeps_the_others() -> None:
    html = render('{% chip "Vencidas" 1206 estado="overdue" %}', "/?q=ana&p=2")
    assert 'href="?q=ana&amp;estado=overdue"' in html
    assert "aria-current" not in html
    assert f"1{NARROW}206" in html


def test_the_filter_in_use_is_marked_and_all_is_in_use_when_none_is() -> None:
    assert 'aria-current="true"' in render('{% chip "Vencidas" estado="overdue" %}', "/?estado=overdue")
    assert 'aria-current="true"' in render('{% chip "Todas" estado="" %}', "/?q=ana")
    assert "aria-current" not in render('{% chip "Todas" estado="" %}', "/?estado=overdue")


def test_the_pager_tells_where_one_is_and_keeps_the_filters() -> None:
    source = '{% include "caudal/parts/pager.html" with noun="clientes" %}'
    html = render(source, "/?estado=overdue&p=2", page=Paginator(range(10_014), 50).page(2))
    assert f"51 a 100 de 10{NARROW}014 clientes" in html
    assert 'href="?estado=overdue&amp;p=3"' in html
    assert 'href="?estado=overdue&amp;p=1"' in html


def test_no_pager_stands_under_an_empty_list() -> None:
    source = '{% include "caudal/parts/pager.html" with noun="clientes" %}'
    assert render(source, page=Paginator([], 50).page(1)).strip() == ""


def test_a_field_ties_help_and_error_to_its_control_and_keeps_what_was_typed() -> None:
    form = filled(name="", note="la del portón verde", way="mail")
    html = render('{% include "caudal/parts/field.html" with field=form.name %}', form=form)
    assert 'aria-describedby="id_name_help id_name_error"' in html
    assert 'id="id_name_help"' in html
    assert 'id="id_name_error"' in html
    assert html.count('aria-invalid="true"') == 1
    note = render('{% include "caudal/parts/field.html" with field=form.note %}', form=form)
    assert 'value="la del portón verde"' in note
    assert "(opcional)" in note


def test_choices_are_a_group_with_a_legend() -> None:
    html = render('{% include "caudal/parts/field.html" with field=form.way %}', form=filled(way="print"))
    assert "<legend>Entrega</legend>" in html
    assert html.count('type="radio"') == 2
    assert html.count("checked") == 1


def test_the_error_summary_links_each_error_to_its_field() -> None:
    html = render('{% include "caudal/parts/form_errors.html" %}', form=filled(name="Ana"))
    assert "Hay un dato por corregir." in html
    assert 'href="#id_way' in html


def test_a_form_without_errors_has_no_summary() -> None:
    assert render('{% include "caudal/parts/form_errors.html" %}', form=Delivery()).strip() == ""


def test_problems_stand_in_the_page_and_successes_in_a_toast() -> None:
    class Told:
        def __init__(self, level: int, text: str) -> None:
            self.level, self.text = level, text

        def __str__(self) -> str:
            return self.text

    messages = [Told(constants.SUCCESS, "Guardado."), Told(constants.ERROR, "No se guardó.")]
    in_page = render('{% include "caudal/parts/messages.html" with only="problems" %}', messages=messages)
    toast = render('{% include "caudal/parts/toast.html" %}', messages=messages)
    assert "No se guardó." in in_page
    assert "Guardado." not in in_page
    assert "Guardado." in toast
    assert "No se guardó." not in toast


def test_the_rail_marks_the_nearest_entry_above_the_page() -> None:
    rail = [{"key": "home", "href": "/oficina/"}, {"key": "customers", "href": "/oficina/clientes/"}]
    assert render("{% rail_key %}", "/oficina/clientes/7/", rail=rail) == "customers"
    assert render("{% rail_key %}", "/oficina/", rail=rail) == "home"
    assert render("{% rail_key %}", "/oficina/", rail=rail, active="runs") == "runs"


def test_the_error_page_needs_nothing_of_the_request() -> None:
    assert "Algo falló de nuestro lado" in render_to_string("500.html")
    assert "No se entendió el pedido" in render_to_string("400.html")


def test_a_chart_says_its_figures_in_words_and_in_a_table() -> None:
    bars = [
        Bar(date(2026, 9, 1), Decimal(31), past=Decimal(30), estimated=True),
        Bar(date(2026, 10, 1), Decimal(36)),
    ]
    html = render('{% chart "c" bars %}', bars=bars)
    assert "de setiembre 2026 a octubre 2026" in html
    assert "En octubre 2026 fueron 36 m³." in html
    assert "31 (estimada)" in html
    assert "<table" in html
    assert "style=" not in html
