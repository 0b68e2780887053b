"""The ground floor: knows no business, serves every system."""
