"""From a paid cart to the last parcel: orders, their parts for each vendor, and every move that they make."""
