"""From words to paper: codes drawn, pages set by typst, PDFs joined."""

from caudal.documents.printing.prints import Copy, bill_pdf, receipt_pdf, run_pdf, statement_pdf
from caudal.documents.printing.workbook import statement_xlsx

__all__ = ["Copy", "bill_pdf", "receipt_pdf", "run_pdf", "statement_pdf", "statement_xlsx"]
