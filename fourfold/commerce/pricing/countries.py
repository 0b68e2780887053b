"""Countries: ISO 3166-1 alpha-2 codes, checked without loading Babel, whose import takes 30 ms."""

from typing import Annotated

from pydantic import AfterValidator, Field

_CODES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH
KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC
SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY
UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(_CODES.split())

# Universal Postal Union: no codes are in use there.
_WITHOUT_POSTAL_CODES = """
AE AG AO AW BF BI BJ BO BS BW BZ CD CF CG CI CK CM DJ DM ER FJ GD GM GQ GY HK KI KM KN KP LC LY ML MO MR MW NR NU QA RW
SB SC SL SR ST SY TD TF TG TK TL TO TV UG VU YE ZW
"""
WITHOUT_POSTAL_CODES = frozenset(_WITHOUT_POSTAL_CODES.split())


def _known_country(code: str) -> str:
    if code not in COUNTRIES:
        raise ValueError(f"{code!r} is not an ISO 3166-1 alpha-2 country code.")
    return code


CountryCode = Annotated[
    str,
    Field(
        description="ISO 3166-1 alpha-2 code",
        pattern=r"^[A-Z]{2}$",
        examples=["DE"],
        json_schema_extra={"format": "iso-3166-1-alpha-2"},
    ),
    AfterValidator(_known_country),
]
"""A country such as `DE`."""

CountryOrAny = Annotated[
    str,
    Field(
        description="ISO 3166-1 alpha-2 code, or `*` for all countries",
        pattern=r"^([A-Z]{2}|\*)$",
        examples=["DE"],
    ),
    AfterValidator(lambda code: code if code == "*" else _known_country(code)),
]
"""A country, or all; not a choice of two types, whose refusals would name the types beside the field."""
