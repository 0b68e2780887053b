"""What callers of the product list ask for, read and checked."""

from collections.abc import Sequence
from itertools import product
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from fourfold.ground.refusals import FieldError, Invalid

MOST_MINOR_UNITS = 10**15
MOST_ALTERNATIVES = 20
MOST_FILTERS = 20
LONGEST = 255

Sort = Literal["relevance", "price", "-price", "-created", "-rating", "-sold"]


class BadFilter(Invalid):
    """422: a filter that is not known or cannot be read; `errors` names it."""

    code = "commerce.bad_filter"
    title = "A filter cannot be read"


class FindProducts(BaseModel):
    """The filters of the product list that have a fixed name."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)
    q: str | None = Field(None, max_length=200, description='Words to be found; `"exact words"`, `-without`, `or`.')
    category: str | None = Field(None, max_length=LONGEST, description="Slug or id; with all categories below it.")
    vendor: str | None = Field(None, max_length=LONGEST, description="Slug or id.")
    min_price: int | None = Field(None, ge=0, le=MOST_MINOR_UNITS, description="In minor units.")
    max_price: int | None = Field(None, ge=0, le=MOST_MINOR_UNITS, description="In minor units.")
    min_rating: float | None = Field(None, ge=0, le=5)
    in_stock: bool | None = None
    sort: Sort | None = Field(None, description="Relevance is the default with `q`, the newest first without.")
    facets: bool = Field(default=False, description="Whether to count how the hits are spread.")
    limit: int = Field(20, ge=1, le=100, description="Items on a page.")
    cursor: str | None = Field(None, max_length=1000, description="The `next` of the page before.")


Find = Annotated[FindProducts, Query()]
_KNOWN = frozenset(FindProducts.model_fields)


def asked_filters(find: FindProducts, given: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The filters in the form that the database function takes; raises `BadFilter`.

    `given` are all query parameters, from which `option.<name>` and `spec.<name>` are read. Several values of one name
    are alternatives; several options must be those of one variant.
    """
    asked: dict[str, Any] = {
        name: value
        for name in ("q", "category", "vendor", "min_price", "max_price", "in_stock")
        if (value := getattr(find, name)) not in {None, ""}
    }
    if find.min_rating is not None:
        asked["min_rating"] = round(find.min_rating * 100)
    options, specifications = _dotted(given)
    if options:
        # The option without a name says that the very variant is in stock.
        here = {"": "1"} if find.in_stock else {}
        asked["options"] = [{**each, **here} for each in _combinations(options)]
    if specifications:
        asked["specifications"] = [
            {name: [value] for name, value in each.items()} for each in _combinations(specifications)
        ]
    if any("\x00" in value for _, value in given):
        raise BadFilter(errors=[FieldError("query", "Leave out the character U+0000.")])
    return asked


def _dotted(given: Sequence[tuple[str, str]]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {"option": {}, "spec": {}}
    for name, value in given:
        if name in _KNOWN:
            continue
        kind, dot, rest = name.partition(".")
        if not dot or kind not in found or not rest or len(rest) > LONGEST:
            known = ", ".join(sorted(_KNOWN))
            raise BadFilter(errors=[FieldError(name[:LONGEST], f"Known are {known}, option.<name> and spec.<name>.")])
        if not value.strip() or len(value) > LONGEST:
            raise BadFilter(errors=[FieldError(name, f"A value has 1 to {LONGEST} characters.")])
        found[kind].setdefault(rest.strip().lower(), []).append(value.strip().lower())
    return found["option"], found["spec"]


def _combinations(chosen: dict[str, list[str]]) -> list[dict[str, str]]:
    count = 1
    for values in chosen.values():
        count *= len(values)
    if count > MOST_ALTERNATIVES or len(chosen) > MOST_FILTERS:
        raise BadFilter(f"At most {MOST_ALTERNATIVES} combinations of {MOST_FILTERS} options are searched at once.")
    return [dict(zip(chosen, values, strict=True)) for values in product(*chosen.values())]
