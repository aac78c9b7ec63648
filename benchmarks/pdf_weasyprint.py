"""The same bill as HTML and CSS, set by WeasyPrint: what a Python project would pick. Never needed to run Caudal."""

import importlib
from functools import cache
from html import escape
from typing import Any

from caudal.documents.printing.press import view_of
from caudal.documents.spanish.data import BillData
from caudal.documents.spanish.widths import FONTS

STYLE = """
@font-face { font-family: Bill; src: url(regular); }
@font-face { font-family: Bill; font-weight: 600; src: url(semibold); }
@page { size: 215.9mm 279.4mm; margin: 10mm 12mm 9mm; }
body { font: 9pt Bill; color: #111a21; }
b, th { font-weight: 600; }
h1 { font-size: 16pt; }
h2 { font-size: 10.5pt; color: #0a5072; }
.tiny { font-size: 7pt; }
.small { font-size: 7.6pt; }
.side { position: absolute; right: 0; width: 62mm; }
.box { border: .8pt solid; border-top: 2.4pt solid #0a5072; padding: 3mm; }
.amount { font-size: 30pt; font-weight: 600; }
.facts div { display: inline-block; width: 38mm; }
.address { position: absolute; left: 12mm; top: 50.5mm; }
.middle { position: absolute; top: 86mm; width: 124mm; }
.right { position: absolute; top: 86mm; right: 0; width: 62mm; }
.stub { position: absolute; bottom: 0; left: 0; right: 0; }
table { width: 100%; border-collapse: collapse; }
td, th { padding: 1mm 0; text-align: right; }
td:first-child { text-align: left; }
thead th { border-bottom: .8pt solid; font-size: 7pt; }
.bar svg { width: 127mm; height: 17mm; }
.qr svg { width: 31mm; height: 31mm; }
.bars svg { width: 62mm; height: 20mm; }
"""


def weasyprint_page(data: BillData) -> bytes:
    """The bill as PDF; fonts are read once."""
    weasyprint, fonts, style = _ready()
    page = weasyprint.HTML(string=_html(view_of(data)))
    pdf: bytes = page.write_pdf(stylesheets=[style], font_config=fonts)
    return pdf


@cache
def _ready() -> tuple[Any, Any, Any]:
    weasyprint = importlib.import_module("weasyprint")
    fonts = importlib.import_module("weasyprint.text.fonts").FontConfiguration()
    css = STYLE.replace("url(regular)", f"url({(FONTS / 'SourceSansPro-Regular.ttf').as_uri()})")
    css = css.replace("url(semibold)", f"url({(FONTS / 'SourceSansPro-Semibold.ttf').as_uri()})")
    return weasyprint, fonts, weasyprint.CSS(string=css, font_config=fonts)


def _html(view: dict[str, Any]) -> str:
    facts = "".join(
        f"<div><span class=tiny>{_e(f['label'])}</span><br>{_e(f['value'])}</div>" for f in view["facts"]
    )
    rows = "".join(_row(r["name"], r["quantity"], r["price"], r["total"]) for r in view["rows"] if "n" in r)
    rows += "".join(_row(s["label"], "", "", s["amount"]) for s in view["sums"])
    rows += _row(view["until"]["label"], "", "", view["until"]["amount"])
    how = "".join(f"<p class=small>{r['n']} {_e(r['how'])}</p>" for r in view["rows"] if r.get("how"))
    address = "<br>".join(map(_e, view["holder"]["address"]))
    reading = view["readings"][0]
    chart = view["chart"]
    bars = "".join(f"<td class=tiny>{_e(bar['v'])}" for bar in chart["bars"])
    months = "".join(f"<td class=tiny>{_e(label['m'])}" for label in chart["labels"])
    helps = "".join(f"<td class=small><b>{_e(h['title'])}</b><br>{_e(h['text'])}" for h in view["help"])
    return (
        f"<html lang=es><body><div class=side><b>{_e(view['title'])}</b><br>N.º {_e(view['number'])}"
        f"<div class=box>Total a pagar<div class=amount>{_e(view['until']['amount'])}</div>"
        f"Hasta el {_e(view['until']['day'])}<p class=small>{_e(view['after']['text'])}</p></div></div>"
        f"<b>{_e(view['org']['name'])}</b><br><span class=small>{_e(view['org']['line'])}</span>"
        f"<h1>{_e(view['subject'])}</h1><div class=facts>{facts}</div>"
        f"<div class=address><b>{_e(view['holder']['name'])}</b><br>{address}</div>"
        f"<div class=middle><h2>Lo que se cobra</h2><table><thead><tr><th>Concepto<th>Cantidad<th>Precio<th>Importe"
        f"</thead>{rows}</table><h2>¿Cómo se calculó?</h2>{how}</div>"
        f"<div class=right><h2>Su consumo</h2><table><tr><td>Actual<td>{reading['current_on']}<td>{reading['current']}"
        f"<tr><td>Anterior<td>{reading['previous_on']}<td>{reading['previous']}<tr><td>Consumo<td><td>{reading['usage']}"
        f"</table><table><tr>{bars}</table><div class=bars>{chart['svg']}</div><table><tr>{months}</table>"
        f"<p class=small>{_e(chart['compare'])}</p></div><div class=stub><table><tr>{helps}</table>"
        f"<b>{_e(view['holder']['name'])}</b> {_e(view['number'])} {_e(view['until']['amount'])}"
        f"<table><tr><td class=bar>{view['barcode']['svg']}<br><span class=tiny>{_e(view['pay']['hrt'])}</span>"
        f"<td class=qr>{view['qr']['svg']}</table></div></body></html>"
    )


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{_e(cell)}" for cell in cells)


def _e(text: str) -> str:
    return escape(text)
