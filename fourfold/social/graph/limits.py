"""How much one operation may ask for, weighed before anything of it is done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    Undefined,
    VariableNode,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

from fourfold.ground.rates import Headers, Rates
from fourfold.ground.who import Who
from fourfold.social.graph.refused import TooMuch

MOST_DEPTH, MOST_COST, MOST_ALIASES, MOST_FIELDS, MOST_TOKENS = 10, 1000, 30, 250, 2000
# What tools ask to learn a schema goes deeper.
MOST_DEPTH_OF_SCHEMA = 20
# Fields and fragments inside of each other, whatever they mean: nobody gets lost in them.
DEEPEST = 60
LARGEST_PAGE, LONGEST_NUMBER = 100, 10
# A list that is not asked for by its length counts as one of so many.
TYPICAL_LIST = 5
CHANGE = 10
# As much of a cost is one request of the limits.
COST_OF_A_REQUEST = 10
COST = "cost"


@dataclass(frozen=True, slots=True)
class Weight:
    """How deep an operation goes, how many of its fields are renamed, what it costs, and how many fields it names."""

    depth: int = 0
    aliases: int = 0
    cost: int = 0
    fields: int = 0

    def beside(self, other: "Weight") -> "Weight":
        """The weight of both together."""
        return Weight(
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.cost + other.cost,
            self.fields + other.fields,
        )


@dataclass(slots=True)
class _Scales:
    schema: GraphQLSchema
    costs: Mapping[tuple[str, str], int]
    variables: Mapping[str, Any]
    fragments: Mapping[str, FragmentDefinitionNode]
    inside: set[str] = field(default_factory=set)
    known: dict[tuple[str, int | None], Weight] = field(default_factory=dict)

    def selections(
        self, parent: GraphQLNamedType | None, chosen: SelectionSetNode | None, first: int | None, level: int
    ) -> Weight:
        """What is chosen of a type; `first` is the length of the page that it is."""
        if level > DEEPEST:
            raise TooMuch(f"Nest fields {MOST_DEPTH} deep at most.")
        total = Weight()
        for each in chosen.selections if chosen is not None else ():
            total = total.beside(self.selection(parent, each, first, level + 1))
        return total

    def selection(self, parent: GraphQLNamedType | None, each: SelectionNode, first: int | None, level: int) -> Weight:
        """One field, or what a fragment stands for."""
        if isinstance(each, FieldNode):
            return self.one(parent, each, first, level)
        if isinstance(each, InlineFragmentNode):
            kind = self.schema.get_type(each.type_condition.name.value) if each.type_condition else parent
            return self.selections(kind, each.selection_set, first, level)
        if isinstance(each, FragmentSpreadNode):
            return self.fragment(each.name.value, first, level)
        return Weight()

    def fragment(self, name: str, first: int | None, level: int) -> Weight:
        """A fragment, weighed once; of one that holds itself, validation tells."""
        fragment = self.fragments.get(name)
        if fragment is None or name in self.inside:
            return Weight()
        if (name, first) not in self.known:
            self.inside.add(name)
            kind = self.schema.get_type(fragment.type_condition.name.value)
            self.known[name, first] = self.selections(kind, fragment.selection_set, first, level)
            self.inside.discard(name)
        return self.known[name, first]

    def one(self, parent: GraphQLNamedType | None, node: FieldNode, first: int | None, level: int) -> Weight:
        """A field with all below it; of one that there is not, validation tells."""
        name, aliases = node.name.value, int(node.alias is not None)
        if name.startswith("__"):
            inner = self.selections(None, node.selection_set, None, level)
            depth = max(0, inner.depth + 1 - (MOST_DEPTH_OF_SCHEMA - MOST_DEPTH))
            return Weight(depth, aliases + inner.aliases, 0, 1 + inner.fields)
        known = parent.fields.get(name) if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None
        if known is None:
            inner = self.selections(None, node.selection_set, None, level)
            return Weight(inner.depth + 1, aliases + inner.aliases, 0, 1 + inner.fields)
        length = self.length(known, node)
        is_many = _is_list(known) and not _is_leaf(known)
        inner = self.selections(get_named_type(known.type), node.selection_set, None if is_many else length, level)
        cost = self.own_cost(parent, name, known)
        if is_many:
            cost += (length or first or TYPICAL_LIST) * (1 + inner.cost)
        else:
            cost += inner.cost
        return Weight(inner.depth + 1, aliases + inner.aliases, cost, 1 + inner.fields)

    def own_cost(self, parent: GraphQLNamedType | None, name: str, known: GraphQLField) -> int:
        """What the field itself costs, however much is chosen below it."""
        if parent is self.schema.mutation_type:
            return CHANGE
        default = 0 if _is_leaf(known) or _is_list(known) else 1
        return self.costs.get((parent.name if parent else "", name), default)

    def length(self, known: GraphQLField, node: FieldNode) -> int | None:
        """How many a field is asked for, as far as it is a page; what is out of bounds, its resolver refuses."""
        argument = known.args.get("first")
        if argument is None:
            return None
        given = next((each.value for each in node.arguments or () if each.name.value == "first"), None)
        asked: Any = argument.default_value
        if isinstance(given, IntValueNode):
            asked = _number(given)
        elif isinstance(given, VariableNode):
            asked = self.variables.get(given.name.value, asked)
        if asked is Undefined or not isinstance(asked, int):
            return LARGEST_PAGE
        return max(1, min(asked, LARGEST_PAGE))


def weigh(
    schema: GraphQLSchema,
    costs: Mapping[tuple[str, str], int],
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
) -> Weight:
    """The weight of an operation: `costs` are of fields by their types and names, in one of the reads of the store.

    Objects cost one each, lists as many as they are asked for. Raises `TooMuch`.
    """
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    defaults = {
        each.variable.name.value: _number(each.default_value)
        for each in operation.variable_definitions or ()
        if isinstance(each.default_value, IntValueNode)
    }
    root = schema.get_root_type(operation.operation)
    weight = _Scales(schema, costs, {**defaults, **variables}, fragments).selections(
        root, operation.selection_set, None, 0
    )
    for number, most, words in (
        (weight.depth, MOST_DEPTH, "Nest fields {} deep at most; this goes {} deep."),
        (weight.aliases, MOST_ALIASES, "Rename {} fields at most; these are {}."),
        (weight.fields, MOST_FIELDS, "Name {} fields at most; these are {}."),
        (weight.cost, MOST_COST, "An operation may cost {} points; this one costs {}. Ask for fewer on a page."),
    ):
        if number > most:
            raise TooMuch(words.format(most, number), more={"cost": weight.cost, "depth": weight.depth})
    return weight


def requests_of(weight: Weight) -> int:
    """As how many requests an operation counts."""
    return max(1, -(-weight.cost // COST_OF_A_REQUEST))


async def count_requests(rates: Rates, who: Who, number: int) -> Headers:
    """Counts an operation as so many requests; raises `TooManyRequests`."""
    headers: Headers = []
    for _ in range(number):
        headers = await rates.admit("normal", who)
    return headers


def _is_list(known: GraphQLField) -> bool:
    kind = known.type.of_type if is_non_null_type(known.type) else known.type
    return is_list_type(kind)


def _is_leaf(known: GraphQLField) -> bool:
    return is_leaf_type(get_named_type(known.type))


def _number(node: IntValueNode) -> int:
    # Longer ones are out of all bounds, and slow to read.
    return int(node.value) if len(node.value) <= LONGEST_NUMBER else LARGEST_PAGE
