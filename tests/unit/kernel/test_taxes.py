"""Taxes of an invoice: rounded once per rate, and spread so that every charge and the whole add up."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from caudal.kernel.money import round_half_up
from caudal.kernel.taxes import Taxable, TaxRounding, tax_of_charges

D = Decimal
CENT = D("0.01")


def test_taxes_come_out_as_the_policy_shows(rounding_tables):
    for row in rounding_tables["Tax of an invoice"]:
        charges = [Taxable(D(net), D(row["percent"])) for net in row["charges"].split()]
        taxes = tax_of_charges(charges, rounding=TaxRounding(row["tax_rounding"]))
        net = sum(charge.base for charge in charges)
        assert " ".join(map(str, taxes)) == row["tax of each"]
        assert (str(sum(taxes)), str(net + sum(taxes))) == (row["tax"], row["total"])


def test_the_published_peruvian_bill_pays_6_14_and_not_4_73_and_1_42():
    water_and_sewerage = [Taxable(D("26.25"), D(18)), Taxable(D("7.88"), D(18))]
    assert sum(tax_of_charges(water_and_sewerage)) == D("6.14")


def test_each_rate_is_rounded_on_its_own_and_untaxed_charges_get_nothing():
    charges = [
        Taxable(D("10.10"), D(13), "iva"),
        Taxable(D("99.99")),
        Taxable(D("10.10"), D(1), "iva"),
        Taxable(D("10.10"), D(13), "iva"),
    ]
    taxes = tax_of_charges(charges)
    assert taxes == (D("1.31"), D("0.00"), D("0.10"), D("1.32"))


def test_a_currency_without_cents_is_taxed_in_whole_units():
    assert tax_of_charges([Taxable(D(26250), D(19)), Taxable(D(7881), D(19))], minor_units=0) == (4988, 1497)


def test_an_invoice_without_charges_has_no_tax():
    assert tax_of_charges([]) == ()


taxables = st.builds(
    Taxable,
    st.decimals(min_value=-(10**6), max_value=10**6, places=2),
    st.sampled_from([D(0), D(1), D("1.75"), D(13), D(18)]),
    st.sampled_from(["", "iva", "fire"]),
)


@given(st.lists(taxables, max_size=12))
def test_the_taxes_of_a_rate_sum_to_the_rounded_tax_of_its_base(charges):
    taxes = tax_of_charges(charges)
    for rate in {(charge.tax, charge.percent) for charge in charges}:
        of_rate = [(c.base, tax) for c, tax in zip(charges, taxes, strict=True) if (c.tax, c.percent) == rate]
        base, tax = (sum(column) for column in zip(*of_rate, strict=True))
        assert tax == round_half_up(base * rate[1] / 100)


@given(st.lists(taxables, max_size=12))
def test_no_charge_is_more_than_a_cent_from_its_own_exact_tax(charges):
    for charge, tax in zip(charges, tax_of_charges(charges), strict=True):
        assert abs(tax - charge.base * charge.percent / 100) <= CENT
