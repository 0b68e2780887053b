"""What a buyer means to buy, repriced each time that it is read."""
