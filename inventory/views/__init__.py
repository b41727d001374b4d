"""The inventory's screens: lists, pages, forms, and taking out of use."""
