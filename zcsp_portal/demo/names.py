"""Company-like names that belong to nobody: made-up stems with a line of business, valid as ZORG names."""

from random import Random

_STARTS = (
    "Brun", "Thal", "Quor", "Vesk", "Olm", "Drav", "Fenn", "Hulv", "Jorth", "Keld", "Lusk", "Mirv", "Narv", "Pelk",
    "Skarn", "Tovr", "Wend", "Yarl", "Zebr", "Ambr", "Corv", "Estr", "Galt", "Ivr",
)  # fmt: skip
_ENDS = ("avern", "iquell", "otham", "undra", "esso", "ilvar", "ombe", "anto", "eldin", "urra", "ister", "ovane")
_TRADES = (
    "Foods", "Freight", "Mills", "Clinics", "Dental", "Legal", "Timber", "Insurance", "Bakery", "Textiles", "Optics",
    "Marine", "Press", "Ceramics", "Tools", "Pharmacy", "Schools", "Energy", "Rail", "Seeds", "Paper", "Housing",
)  # fmt: skip
_JOINERS = ("-", "-", "-", "", "_")


def invented_names(count: int, rng: Random) -> list[str]:
    """``count`` names, no two alike in any case of letters (stems times trades: 6,336 at most)."""
    pairs = [(start + end, trade) for start in _STARTS for end in _ENDS for trade in _TRADES]
    return [stem + rng.choice(_JOINERS) + trade for stem, trade in rng.sample(pairs, count)]
