"""What is decided about pictures of products: how many there may be, and how wide they are shown."""

MOST_IMAGES = 50
WIDTHS = (320, 800, 1600)
