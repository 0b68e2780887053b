"""What the demo shops sell: a small outfitter's catalogue, made up."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """A product of the demo; `price` in minor units, `sizes` are its variants (none: one), `stock` is for each."""

    title: str
    category: str
    price: int
    told: str
    sizes: tuple[str, ...] = ()
    stock: int = 20
    material: str = ""


CATEGORIES = {
    "light": "Light",
    "wear": "Wear",
    "kitchen": "Galley",
    "paper": "Paper",
    "garden": "Garden",
}

GOODS = (
    DemoProduct("Storm Lantern", "light", 4900, "Burns through the night in any weather.", material="brass"),
    DemoProduct("Folding Candle Lamp", "light", 2450, "Slides into a jacket pocket.", material="tin"),
    DemoProduct(
        "Harbour Pendant Lamp", "light", 12900, "Enamelled shade, two metres of cord.", material="steel", stock=6
    ),
    DemoProduct("Beeswax Candle", "light", 890, "Twenty hours of quiet light.", material="beeswax", stock=120),
    DemoProduct("Fisherman's Sweater", "wear", 11900, "Knitted in one piece.", ("S", "M", "L", "XL"), 8, "wool"),
    DemoProduct("Rain Cape", "wear", 8900, "Packs into its own hood.", ("S/M", "L/XL"), 10, "cotton"),
    DemoProduct("Deck Shoe", "wear", 9900, "A sole that holds on wet teak.", ("39", "41", "43", "45"), 5, "leather"),
    DemoProduct("Watch Cap", "wear", 2900, "Warm, and never in the way.", ("Navy", "Sand", "Red"), 25, "wool"),
    DemoProduct("Linen Shirt", "wear", 7400, "Softer with each wash.", ("S", "M", "L"), 12, "linen"),
    DemoProduct("Enamel Mug", "kitchen", 1250, "Holds tea, soup and a bad morning.", ("White", "Blue"), 60, "steel"),
    DemoProduct("Cast Iron Pan", "kitchen", 6900, "Heavy now, lighter than regret later.", material="iron", stock=9),
    DemoProduct("Ash Cutting Board", "kitchen", 3900, "End grain, oiled by hand.", material="ash"),
    DemoProduct("Oyster Knife", "kitchen", 2700, "Short, blunt and to the point.", material="steel"),
    DemoProduct("Coffee Mill", "kitchen", 8400, "Grinds on the knee or the table.", material="beech", stock=7),
    DemoProduct("Salt Cellar", "kitchen", 1900, "A lid that closes by itself.", material="stoneware"),
    DemoProduct("Log Book", "paper", 1600, "Two hundred pages that lie flat.", ("Lined", "Plain"), 80, "paper"),
    DemoProduct("Chart Pencil Set", "paper", 950, "Six, sharpened.", material="cedar", stock=150),
    DemoProduct("Tide Calendar", "paper", 2200, "A year of high water.", material="paper", stock=40),
    DemoProduct("Letter Opener", "paper", 3100, "Shaped like an oar.", material="olive"),
    DemoProduct("Seed Box", "garden", 3300, "Twelve drawers for next spring.", material="pine", stock=15),
    DemoProduct("Hand Trowel", "garden", 2600, "Forged, with a depth scale.", material="steel", stock=35),
    DemoProduct("Terracotta Pot", "garden", 1450, "Frost hard.", ("Small", "Medium", "Large"), 30, "clay"),
    DemoProduct("Watering Can", "garden", 5400, "Nine litres, balanced when half empty.", material="zinc", stock=11),
    DemoProduct("Garden Twine", "garden", 690, "A hundred metres of jute.", material="jute", stock=200),
)
