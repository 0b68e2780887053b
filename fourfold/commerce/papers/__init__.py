"""Invoices, receipts, packing slips and credit notes, and the numbers they carry."""
