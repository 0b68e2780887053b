"""How often one person does what others see, so that nobody floods them."""
