"""Letters: the mails that a buyer gets about an order."""
