"""Aggregations of documents: the stages and expressions that stay within one tenant's rows of one collection."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fourfold.ground.collection import TENANT
from fourfold.ground.filters import Given, compiled, scalar

# What reads or writes other collections ($lookup, $unionWith, $out) or runs code ($function) is not among them.
STAGES = frozenset(
    [
        "$match",
        "$group",
        "$project",
        "$set",
        "$addFields",
        "$unset",
        "$sort",
        "$limit",
        "$skip",
        "$count",
        "$unwind",
        "$replaceRoot",
        "$replaceWith",
        "$bucket",
        "$bucketAuto",
        "$sortByCount",
        "$sample",
        "$facet",
        "$setWindowFields",
        "$densify",
        "$fill",
    ]
)
EXPRESSIONS = frozenset(
    [
        "$abs",
        "$add",
        "$addToSet",
        "$allElementsTrue",
        "$and",
        "$anyElementTrue",
        "$arrayElemAt",
        "$arrayToObject",
        "$avg",
        "$bottom",
        "$bottomN",
        "$ceil",
        "$cmp",
        "$concat",
        "$concatArrays",
        "$cond",
        "$count",
        "$dateAdd",
        "$dateDiff",
        "$dateFromParts",
        "$dateFromString",
        "$dateSubtract",
        "$dateToParts",
        "$dateToString",
        "$dateTrunc",
        "$dayOfMonth",
        "$dayOfWeek",
        "$dayOfYear",
        "$denseRank",
        "$divide",
        "$documentNumber",
        "$eq",
        "$exp",
        "$filter",
        "$first",
        "$firstN",
        "$floor",
        "$gt",
        "$gte",
        "$hour",
        "$ifNull",
        "$in",
        "$indexOfArray",
        "$isArray",
        "$isNumber",
        "$last",
        "$lastN",
        "$let",
        "$ln",
        "$log",
        "$log10",
        "$lt",
        "$lte",
        "$map",
        "$max",
        "$maxN",
        "$mergeObjects",
        "$min",
        "$minN",
        "$minute",
        "$mod",
        "$month",
        "$multiply",
        "$ne",
        "$not",
        "$objectToArray",
        "$or",
        "$pow",
        "$push",
        "$range",
        "$rank",
        "$reduce",
        "$regexMatch",
        "$reverseArray",
        "$round",
        "$second",
        "$setDifference",
        "$setEquals",
        "$setIntersection",
        "$setIsSubset",
        "$setUnion",
        "$shift",
        "$size",
        "$slice",
        "$sortArray",
        "$split",
        "$sqrt",
        "$stdDevPop",
        "$strLenCP",
        "$strcasecmp",
        "$substrCP",
        "$subtract",
        "$sum",
        "$switch",
        "$toDate",
        "$toDouble",
        "$toInt",
        "$toLong",
        "$toLower",
        "$toString",
        "$toUpper",
        "$top",
        "$topN",
        "$trim",
        "$trunc",
        "$type",
        "$week",
        "$year",
        "$zip",
    ]
)


def compiled_pipeline(pipeline: Sequence[Mapping[str, Any]], tenant: UUID) -> list[dict[str, Any]]:
    """The pipeline as MongoDB writes it, beginning with the tenant's own documents; a `TypeError` for other stages."""
    stages = [_stage(each) for each in pipeline]
    if stages and "$match" in stages[0]:
        return [{"$match": {TENANT: tenant, **stages[0]["$match"]}}, *stages[1:]]
    return [{"$match": {TENANT: tenant}}, *stages]


def _stage(stage: Mapping[str, Any]) -> dict[str, Any]:
    if len(stage) != 1:
        raise TypeError("a stage has one word")
    [(word, given)] = stage.items()
    if word not in STAGES:
        raise TypeError(f"not a stage that stays within a tenant: {word!r}")
    if word == "$match":
        return {word: compiled(given)}
    if word == "$facet":
        return {word: {str(name): [_stage(each) for each in stages] for name, stages in given.items()}}
    return {word: _expression(given)}


def _expression(given: Any) -> Any:
    """An expression of code: known operators, and values from outside only as `literal(...)`."""
    if isinstance(given, Given):
        return {"$literal": given.value}
    if isinstance(given, Mapping):
        for key in given:
            if not isinstance(key, str) or (key.startswith("$") and key not in EXPRESSIONS):
                raise TypeError(f"not an operator of expressions: {key!r}")
        return {key: _expression(each) for key, each in given.items()}
    if isinstance(given, list | tuple):
        return [_expression(each) for each in given]
    return scalar(given)
