"""QAD: customers, items and sales orders out, sales orders in."""
