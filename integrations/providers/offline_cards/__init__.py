"""Branded cards without a vendor: the words of a quote or an announcement, set on a ground in the brand's colours.

`ordering` reads what is wanted, `composing` makes it. Nothing here asks anybody or pretends to be a photograph.
"""
