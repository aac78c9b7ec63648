"""The town's own words are Spanish; a page that is read in English has one English word for each."""

import pytest

from caudal.registry.context import Town


def town(locale: str, **words: str) -> Town:
    return Town("Aguas Claras", "water_utility", "₡", "CRC", 0, ",", " ", locale, words)


@pytest.mark.parametrize("document", ["Factura", "Recibo"])
def test_a_bill_is_a_bill_in_english_whatever_the_town_calls_it(document: str) -> None:
    said = town("en-CR", document=document).bill
    assert [said.one, said.many, said.the, said.this, said.an, said.next, said.all, said.other] == [
        "bill",
        "bills",
        "the bill",
        "this bill",
        "a bill",
        "next bill",
        "all bills",
        "other bills",
    ]
    assert said.the_next == "the next bill"
    assert (said.overdue(1), said.overdue(2)) == ("overdue bill", "overdue bills")


@pytest.mark.parametrize(
    ("word", "english"),
    [("Abonado", "Customer"), ("Asociado", "Member"), ("Contribuyente", "Taxpayer"), ("Vecino", "Customer")],
)
def test_who_takes_the_services_has_an_english_word(word: str, english: str) -> None:
    assert town("es-CR", account=word).account_word == word
    assert town("en-CR", account=word).account_word == english
