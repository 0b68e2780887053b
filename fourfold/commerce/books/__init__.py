"""Whether everything adds up: stock, orders, money and papers, checked against each other."""
