"""Running operations: read, weighed and checked before anything of them is done."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    execute,
    get_operation_ast,
    parse,
    specified_rules,
    subscribe,
    validate,
)

from fourfold.ground.house import House
from fourfold.ground.who import Who
from fourfold.social.graph.asking import Asking
from fourfold.social.graph.limits import MOST_TOKENS, Weight, weigh
from fourfold.social.graph.persisted import document_text, keep_document
from fourfold.social.graph.refused import NotGraphQL, answer_of, refusal_in, told
from fourfold.social.graph.schema import costs_of, executable

# Documents of so many characters together are known to be right, and need not be looked at again.
MOST_KNOWN = 300_000


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody asks for: a document, the hash of it or both; which of its operations, and their variables."""

    text: str | None
    digest: str | None
    operation: str | None
    variables: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ready:
    """An operation that may be run."""

    document: DocumentNode
    operation: OperationDefinitionNode
    variables: dict[str, Any]
    weight: Weight

    @property
    def name(self) -> str | None:
        """How the operation is called, if it is."""
        return self.operation.name.value if self.operation.name else None

    @property
    def is_listening(self) -> bool:
        """Whether it lasts."""
        return self.operation.operation is OperationType.SUBSCRIPTION

    @property
    def is_reading(self) -> bool:
        """Whether it changes nothing."""
        return self.operation.operation is OperationType.QUERY


class Runner:
    """Runs operations on the graph, for one house."""

    def __init__(self, house: House) -> None:
        """No document is known yet."""
        self._house = house
        self._schema = executable()
        self._costs = costs_of(self._schema)
        closed = () if house.settings.shows_docs else (NoSchemaIntrospectionCustomRule,)
        self._rules = (*specified_rules, *closed)
        self._known: dict[str, DocumentNode] = {}

    async def prepare(self, who: Who, order: Order) -> Ready:
        """The operation that is meant, within the limits; raises the refusal of it."""
        text = await document_text(self._house, who, order.text, order.digest)
        document = self._known.get(text)
        found = document or self._read(text)
        operation = get_operation_ast(found, order.operation)
        if operation is None:
            raise NotGraphQL("Name one of the operations of the document.")
        weight = weigh(self._schema, self._costs, found, operation, order.variables)
        if document is None:
            self._check(found)
            self._know(text, found)
        if order.digest is not None and order.text is not None:
            await keep_document(self._house, who, text, order.digest)
        return Ready(found, operation, dict(order.variables), weight)

    async def run(self, asking: Asking, ready: Ready) -> dict[str, Any]:
        """The answer to a query or a mutation."""
        result = execute(
            self._schema,
            ready.document,
            context_value=asking,
            variable_values=ready.variables,
            operation_name=ready.name,
        )
        return self._answer(asking, await result if isawaitable(result) else result)

    async def listen(self, asking: Asking, ready: Ready) -> AsyncGenerator[dict[str, Any], None]:
        """The answers to a subscription, one for each event; raises the refusal of it."""
        begun = subscribe(
            self._schema,
            ready.document,
            context_value=asking,
            variable_values=ready.variables,
            operation_name=ready.name,
        )
        source = await begun if isawaitable(begun) else begun
        if isinstance(source, ExecutionResult):
            errors = source.errors or [GraphQLError("There is nothing to listen to.")]
            raise refusal_in(errors[0], hints=self._house.settings.shows_docs)
        async with aclosing(cast("AsyncGenerator[ExecutionResult, None]", source)) as results:
            async for result in results:
                yield self._answer(asking, result)

    def _answer(self, asking: Asking, result: ExecutionResult) -> dict[str, Any]:
        errors = result.errors or []
        answer = answer_of(result.data, told(errors, self._house, asking.who))
        if errors and result.data is None and all(error.path is None for error in errors):
            # Nothing was begun.
            del answer["data"]
        return answer

    def _read(self, text: str) -> DocumentNode:
        try:
            return parse(text, max_tokens=MOST_TOKENS)
        except GraphQLError as problem:
            raise NotGraphQL(problem.message) from problem
        except RecursionError as problem:
            raise NotGraphQL("The document is nested too deep.") from problem

    def _check(self, document: DocumentNode) -> None:
        errors = validate(self._schema, document, self._rules, max_errors=5)
        if errors:
            refusal = refusal_in(errors[0], hints=self._house.settings.shows_docs)
            more = [refusal_in(error, hints=self._house.settings.shows_docs).detail for error in errors]
            raise NotGraphQL(refusal.detail, more={"problems": more})

    def _know(self, text: str, document: DocumentNode) -> None:
        # Two may have read the same one at once.
        self._known[text] = document
        while sum(map(len, self._known)) > MOST_KNOWN:
            del self._known[next(iter(self._known))]
