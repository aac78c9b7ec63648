"""From words to paper: codes drawn, pages set by typst, PDFs joined."""
