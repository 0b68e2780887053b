"""Templates that tenants write: fields, conditions and one loop, and nothing that could do or cost anything else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from jinja2 import Environment, StrictUndefined, Template, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

MOST_DEPTH = 20
MOST_NODES = 2000
LONGEST = 200_000
PLAIN = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.If, nodes.For, nodes.Const,
    nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.CondExpr,
)  # fmt: skip
# What goes wrong in filling a template, whoever wrote it.
FILLING = (TemplateError, TypeError, ValueError)


class BadSyntax(Exception):
    """The text is no template, or asks for more than templates of tenants may; the message says what."""


@dataclass(slots=True)
class Fields:
    """What a template may show: words, things with members (`sums.total`), and lists of things with members."""

    words: set[str] = field(default_factory=set)
    things: dict[str, set[str]] = field(default_factory=dict)
    lists: dict[str, set[str]] = field(default_factory=dict)

    def names(self) -> list[str]:
        """All of them as people read them: `name`, `sums.total`, `lines[].text`."""
        things = {f"{name}.{each}" for name, members in self.things.items() for each in members}
        lists = {f"{name}[].{each}" for name, members in self.lists.items() for each in members}
        return sorted(self.words | things | lists)

    def sample(self, *, filled: bool) -> dict[str, Any]:
        """Data to try a template with: each field has a word, or nothing has."""
        word = "word" if filled else ""
        things = {name: dict.fromkeys(members, word) for name, members in self.things.items()}
        lists = {name: [dict.fromkeys(members, word)] if filled else [] for name, members in self.lists.items()}
        return {**dict.fromkeys(self.words, word), **things, **lists}


def _sandbox() -> Environment:
    made = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, trim_blocks=True)
    for names in (made.globals, made.filters, made.tests):
        names.clear()
    return made


_env = _sandbox()


def _parsed(text: str) -> nodes.Template:
    try:
        return _env.parse(text)
    except TemplateError as problem:
        raise BadSyntax(str(problem)) from problem
    except RecursionError as problem:
        raise BadSyntax("It is nested too deeply.") from problem


def fields_of(text: str) -> Fields:
    """What a template that comes with Fourfold uses."""
    found, loops = Fields(), dict[str, str]()
    tree = _parsed(text)
    for loop in tree.find_all(nodes.For):
        if isinstance(loop.iter, nodes.Name) and isinstance(loop.target, nodes.Name):
            loops[loop.target.name] = loop.iter.name
            found.lists.setdefault(loop.iter.name, set())
    for member in tree.find_all(nodes.Getattr):
        if isinstance(member.node, nodes.Name):
            name = member.node.name
            kept, of = (found.lists, loops[name]) if name in loops else (found.things, name)
            kept.setdefault(of, set()).add(member.attr)
    named = {each.name for each in tree.find_all(nodes.Name)}
    found.words = named - set(loops) - set(found.lists) - set(found.things)
    return found


def check_template(text: str, fields: Fields) -> None:
    """Raises `BadSyntax` unless the text uses these fields only, and fills well both with all of them and with none."""
    _Walk(fields).look(_parsed(text), {}, 0)
    for filled in (True, False):
        try:
            fill_own(text, fields.sample(filled=filled))
        except (*FILLING, RecursionError, SyntaxError) as problem:
            raise BadSyntax(f"It cannot be filled: {problem}") from problem


class _Walk:
    """Looks at each part of a template; whatever is not known to be harmless is refused."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._nodes = 0

    def look(self, node: nodes.Node, loops: Mapping[str, str], depth: int) -> None:
        self._nodes += 1
        if depth > MOST_DEPTH or self._nodes > MOST_NODES:
            raise BadSyntax("It is nested too deeply, or has too many parts.")
        if not isinstance(node, PLAIN):
            raise BadSyntax(f"{type(node).__name__} is not for templates: only fields, if, and one for.")
        if isinstance(node, nodes.Getattr):
            self._member(node, loops)
            return
        if isinstance(node, nodes.Name) and node.name not in self._fields.words:
            raise self._unknown(node.name)
        if isinstance(node, nodes.For):
            loops = self._loop(node, loops)
        for child in node.iter_child_nodes(exclude=("iter", "target") if isinstance(node, nodes.For) else None):
            self.look(child, loops, depth + 1)

    def _loop(self, node: nodes.For, loops: Mapping[str, str]) -> Mapping[str, str]:
        if loops or node.recursive:
            raise BadSyntax("A loop in a loop is not for templates.")
        if not isinstance(node.iter, nodes.Name) or node.iter.name not in self._fields.lists:
            raise BadSyntax(f"A loop goes over one of: {', '.join(sorted(self._fields.lists)) or 'nothing here'}.")
        if not isinstance(node.target, nodes.Name) or node.target.name == "loop":
            raise BadSyntax("A loop has one name for what it goes over, such as `for line in lines`.")
        return {node.target.name: node.iter.name}

    def _member(self, node: nodes.Getattr, loops: Mapping[str, str]) -> None:
        name = node.node.name if isinstance(node.node, nodes.Name) else ""
        members = self._fields.lists[loops[name]] if name in loops else self._fields.things.get(name, set())
        if node.attr not in members:
            raise self._unknown(f"{name}.{node.attr}")

    def _unknown(self, name: str) -> BadSyntax:
        return BadSyntax(f"There is no {name[:60]} here; there are: {', '.join(self._fields.names())}.")


@lru_cache(maxsize=256)
def _compiled(text: str) -> Template:
    return _env.from_string(text)


def fill_own(text: str, data: Mapping[str, Any]) -> str:
    """Fills a tenant's template; raises one of `FILLING` when it does not fit the data."""
    filled = _compiled(text).render(data)
    if len(filled) > LONGEST:
        raise ValueError("It becomes too long.")
    return filled
