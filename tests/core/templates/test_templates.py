"""Templates by tenant and language: what tenants may write, and which one a reader gets."""

from collections.abc import Callable
from typing import Any

import pytest

from fourfold.core.notices.compose import compose, compose_text
from fourfold.core.templates.sandbox import BadSyntax, Fields, check_template, fields_of
from fourfold.core.templates.shipped import languages_for, shipped_fields, shipped_languages, shipped_text
from tests.conftest import Caller, Tenant

Eventually = Callable[..., Any]
VERIFY = "/v1/core/notice-templates/core.accounts.verify_email"
PLACED = "/v1/core/notice-templates/commerce.letters.order_placed"
GOOD = {"subject": "Welcome to {{ tenant }}", "text": "Dear {{ name }},\n\nplease follow {{ link }}"}
LANGUAGES = ("en", "de", "fr")

# What has led out of other sandboxes, or kept a server busy.
ATTACKS = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ name.__class__ }}",
    "{{ name['__class__'] }}",
    "{{ name|attr('__class__') }}",
    "{{ tenant.__init__.__globals__ }}",
    "{{ self.__dict__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__ }}",
    "{{ config }}",
    "{{ request.application }}",
    "{{ name.format(1) }}",
    "{{ '%s'|format(name) }}",
    "{{ name * 1000000000 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ [1, 2] }}",
    "{{ {'a': 1} }}",
    "{% for x in range(1000000000) %}x{% endfor %}",
    "{% for x in name %}{{ x }}{% endfor %}",
    "{% include 'core/accounts/common_passwords.txt' %}",
    "{% import 'x' as y %}",
    "{% extends 'x' %}",
    "{% set x = 1 %}{{ x }}",
    "{% macro a() %}{{ a() }}{% endmacro %}",
    "{% filter upper %}x{% endfilter %}",
    "{% call name() %}{% endcall %}",
    "{% block a %}{% endblock %}",
    "{{ loop.index }}",
    "{{ name if name is defined }}",
    "{{ name ~ name }}",
    "{{ unknown }}",
    "{{ name",
    "{% if name %}",
    "{% if name %}" * 200 + "{% endif %}" * 200,
    "{{ " + "(" * 5000 + "name" + ")" * 5000 + " }}",
    "{{ " + "not " * 4000 + "name }}",
    "{% if name %}{{ link }}{% endif %}" * 500,
]


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_nothing_gets_out_of_a_template(tenant: Tenant, attack: str) -> None:
    """T63, P-29: whatever is more than fields, conditions and one loop is 422 when it is saved."""
    answer = tenant.owner.put(f"{VERIFY}/en", json={**GOOD, "text": attack})
    assert answer.status_code == 422, answer.text
    assert (answer.json()["code"], answer.json()["errors"][0]["field"]) == ("core.bad_template", "text")
    if len(attack) <= 200:
        assert tenant.owner.put(f"{VERIFY}/en", json={**GOOD, "subject": attack}).status_code == 422
    assert tenant.owner.get(f"{VERIFY}/en").status_code == 404


@pytest.mark.parametrize("subject", ["a\r\nBcc: x@y.test", "a\nb", "a\rb", "a\x0bb", "a\u2028b", "", "x" * 201])
def test_a_subject_is_one_line(tenant: Tenant, subject: str) -> None:
    """T41, P-29: a subject with a line break, without words, or with too many is refused."""
    assert tenant.owner.put(f"{VERIFY}/en", json={**GOOD, "subject": subject}).status_code == 422


@pytest.mark.parametrize(
    "body", [{}, {"subject": "a"}, {**GOOD, "more": 1}, {**GOOD, "text": 1}, {**GOOD, "text": "x" * 20_001}]
)
def test_a_template_has_a_subject_and_a_text(tenant: Tenant, body: dict[str, Any]) -> None:
    """P-29: missing, unknown, wrong and too long parts are refused."""
    assert tenant.owner.put(f"{VERIFY}/en", json=body).status_code == 422


def test_loops_go_over_lists_once(tenant: Tenant) -> None:
    """P-29: lines and sums of an order can be shown; a loop in a loop cannot, and members are checked."""
    line = "{% for one in lines if one.text %}{{ one.text }} {{ one.total }}{% else %}none{% endfor %}"
    text = f"{line}{{% if has_tax and not tax_included %}}{{{{ sums.tax }}}}{{% endif %}}"
    assert tenant.owner.put(f"{PLACED}/en", json={**GOOD, "subject": "Hi", "text": text}).status_code == 200
    twice = "{% for a in lines %}{% for b in lines %}x{% endfor %}{% endfor %}"
    for wrong in (twice, "{% for a in lines %}{{ a.secret }}{% endfor %}", "{{ sums.items.total }}", "{{ lines }}"):
        assert tenant.owner.put(f"{PLACED}/en", json={"subject": "Hi", "text": wrong}).status_code == 422


def test_templates_are_kept_by_tenant_and_language(tenant: Tenant, other_tenant: Tenant) -> None:
    """P-29: written, read, counted up, removed; other tenants see nothing of it, and members may not."""
    owner, path = tenant.owner, f"{VERIFY}/pt-BR"
    assert owner.get(path).status_code == 404
    assert owner.put(path, json=GOOD).json()["version"] == 1
    kept = owner.put(path, json={**GOOD, "subject": "{{ tenant }}!"}).json()
    assert (kept["version"], kept["subject"], kept["text"]) == (2, "{{ tenant }}!", GOOD["text"])
    assert owner.get(path).json() == kept
    kinds = {each["name"]: each for each in owner.get("/v1/core/notice-templates").json()["items"]}
    verify = kinds["core.accounts.verify_email"]
    assert (verify["own"], verify["languages"]) == (["pt-BR"], ["de", "en", "fr"])
    assert verify["fields"] == ["link", "name", "tenant"]
    assert other_tenant.owner.get(path).status_code == 404
    assert other_tenant.owner.delete(path).status_code == 404
    assert tenant.sign_up().put(path, json=GOOD).status_code == 403
    assert owner.delete(path).status_code == 204
    assert owner.delete(path).status_code == 404
    assert owner.put("/v1/core/notice-templates/core.accounts.nothing/en", json=GOOD).status_code == 404
    assert owner.put(f"{VERIFY}/EN_us", json=GOOD).status_code == 422
    assert owner.put(f"{VERIFY}/qq", json=GOOD).status_code == 422
    assert owner.put(f"{VERIFY}/DE-at", json=GOOD).json()["language"] == "de-AT"


def mail_to(tenant: Tenant, eventually: Eventually, person: Caller) -> dict[str, Any]:
    """The first mail to somebody, once it is sent."""
    inbox = "/v1/core/outbox-mail"

    def found() -> dict[str, Any] | None:
        mails = [each for each in tenant.visitor.get(inbox).json()["items"] if each["to"] == person.email]
        return mails[-1] if mails and mails[-1]["status"] == "sent" else None

    mail: dict[str, Any] = eventually(found)
    return mail


def test_readers_get_their_language(tenant: Tenant, eventually: Eventually) -> None:
    """P-29: first the account's language, then the tenant's; the tenant's own text before what comes with Fourfold."""
    owner = tenant.owner
    assert owner.patch("/v1/core/settings", json={"values": {"core.locale": "de"}}).status_code == 200

    def in_german() -> dict[str, Any] | None:
        sent = mail_to(tenant, eventually, tenant.sign_up())
        return sent if sent["subject"].endswith(": Bitte bestätigen Sie Ihre E-Mail-Adresse") else None

    # A setting holds in the worker within a second.
    mail = eventually(in_german)
    assert '<html lang="de">' in mail["html"]
    assert owner.put(f"{VERIFY}/de", json=GOOD).status_code == 200
    mail = mail_to(tenant, eventually, tenant.sign_up())
    assert mail["subject"].startswith("Welcome to ")
    assert mail["text"].startswith("Dear Customer,\n\nplease follow http")
    person = tenant.sign_up()
    assert person.patch("/v1/core/me", json={"language": "fr-CA"}).status_code == 200
    assert tenant.visitor.post("/v1/core/password-resets", json={"email": person.email}).status_code == 202
    logged = {"to": person.email, "status": "sent"}
    eventually(lambda: len(owner.get("/v1/core/mails", params=logged).json()["items"]) == 2)
    mails = {each["template"]: each for each in owner.get("/v1/core/mails", params=logged).json()["items"]}
    reset = mails["core.recovery.reset_password"]
    assert reset["language"] == "fr"
    assert reset["subject"].endswith(" : choisissez un nouveau mot de passe")


def test_a_template_that_does_not_fit_is_not_used() -> None:
    """P-29: when a tenant's text cannot be filled, the mail goes out in the words that come with Fourfold."""
    data = {"tenant": "Shop", "name": "Ada", "link": "https://shop.test"}
    own = {"en": ("Hi", "{{ gone }}")}
    assert (
        compose("core/accounts/verify_email", data, ["en"], own).subject == "Shop: please confirm your e-mail address"
    )
    smuggled = compose(
        "core/accounts/verify_email", {**data, "tenant": "a\r\nBcc: b"}, ["en"], {"en": ("{{ tenant }}", "x")}
    )
    assert smuggled.subject == "a Bcc: b"


def test_what_tenants_write_is_text_in_html() -> None:
    """T41: markup in a tenant's template or in its data stays text."""
    data = {"tenant": "<img src=x>", "name": "Ada", "link": "https://shop.test"}
    html = compose("core/accounts/verify_email", data, ["en"], {"en": ("Hi", "<script>{{ tenant }}</script>")}).html
    assert "<script>" not in html
    assert "<img" not in html


def test_every_mail_comes_in_three_languages() -> None:
    """P-29: each mail has English, German and French texts that use the same fields, filled and empty."""
    assert len(shipped_languages()) >= 21
    for template, languages in shipped_languages().items():
        assert languages >= set(LANGUAGES), template
        fields = shipped_fields(template)
        subjects = set()
        for language in LANGUAGES:
            check_template(shipped_text(template, language) or "", fields)
            subjects.add(compose(template, fields.sample(filled=True), [language]).subject)
            assert compose(template, fields.sample(filled=False), [language]).text.strip()
        assert len(subjects) == len(LANGUAGES), template
    for language in LANGUAGES:
        words = compose_text("core/recovery/verify_phone", {"code": "123456", "tenant": "Shop"}, [language])
        assert (words.language, words.text[:6]) == (language, "123456")


def test_fields_are_found_in_a_text() -> None:
    """P-29: words, members and lists of a template; and a name of one kind is not one of another."""
    fields = fields_of("{{ a }}{{ b.c }}{% for d in e if d.f == g %}{{ d.h }}{% endfor %}")
    assert fields == Fields({"a", "g"}, {"b": {"c"}}, {"e": {"f", "h"}})
    assert fields.names() == ["a", "b.c", "e[].f", "e[].h", "g"]
    with pytest.raises(BadSyntax, match=r"a\.c"):
        check_template("{{ a.c }}", fields)


def test_languages_fall_back() -> None:
    """P-29: account, tenant, English, each without its country at last."""
    assert languages_for("de-AT", "fr") == ["de-AT", "de", "fr", "en"]
    assert languages_for("FR-ca", "DE") == ["fr-CA", "fr", "de", "en"]
    assert languages_for(None, "en") == ["en"]
