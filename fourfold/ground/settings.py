"""Settings: typed, from the environment or from files, in one place; a bad value stops the start with one line."""

import os
import secrets
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from fourfold.ground.buckets import PATTERN as LIMIT
from fourfold.ground.given_keys import keys_in
from fourfold.ground.peers import networks_in

PREFIX = "FOURFOLD_"
# OWASP's minimum for Argon2id with two passes and one lane.
MEMORY_KIB = 19_456
# 256 bits as text.
SECRET_LENGTH = 32
# How addresses of servers and of pages begin.
POSTGRES = r"^postgres(ql)?://"
WEB = r"^https?://"
# Requests of one address, account or API key by class of route, and of one tenant; development holds nobody up.
LIMITS = {
    "limit_normal": {"development": "200000/10s", "production": "1200/60s"},
    "limit_costly": {"development": "20000/10s", "production": "120/60s"},
    "limit_sign_in": {"development": "2000/10s", "production": "60/60s"},
    "limit_tenant": {"development": "1000000/10s", "production": "60000/60s"},
}


class BadSettings(Exception):
    """A setting has a value that cannot be used; the message is one line that names it."""


class _FromFiles(PydanticBaseSettingsSource):
    """Reads `FOURFOLD_X_FILE`: a path to a file that holds the value of `FOURFOLD_X`."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - the library's signature
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE")
        if not path:
            return None, field_name, False
        try:
            return Path(path).read_text().strip(), field_name, False
        except OSError as problem:
            reason = f"{PREFIX}{field_name.upper()}_FILE: cannot read {path}: {problem.strerror}"
            raise BadSettings(reason) from problem

    def __call__(self) -> dict[str, Any]:
        found = {}
        for name, field in self.settings_cls.model_fields.items():
            value, _, _ = self.get_field_value(field, name)
            if value is not None:
                found[name] = value
        return found


class Settings(BaseSettings):
    """Everything that can be set from outside; each name is read from `FOURFOLD_<NAME>` or `FOURFOLD_<NAME>_FILE`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", env_ignore_empty=True)

    env: Literal["development", "production"] = Field("development", description="What this deployment is for.")
    home: Path = Field(Path(".fourfold"), description="The data folder.")
    host: str = Field("127.0.0.1", description="The address that the API listens on.")
    port: int = Field(8000, ge=1, le=65535, description="The port that the API listens on.")
    public_url: str | None = Field(None, pattern=WEB, description="How people reach the API from outside.")
    app_url: str | None = Field(
        None, pattern=WEB, description="Where links in mails to people lead; none: the console."
    )
    domain: str = Field("localhost", description="Tenants are also reached as {slug}.{domain}.")
    dns_server: str | None = Field(
        None,
        pattern=r"^[0-9a-f.:]+:[0-9]{1,5}$",
        description="address:port that proofs of hosts are asked of; none: the system's.",
    )
    operator_tenant: str = Field("platform", description="The slug of the tenant whose operators run the platform.")
    workers: int = Field(1, ge=1, le=64, description="API processes.")
    demo: bool = Field(default=True, description="Whether a first start fills in demo tenants.")
    demo_password: SecretStr | None = Field(None, description="The password of the demo accounts.")
    secret: SecretStr = Field(SecretStr(""), description="Signs cursors and links, and wraps the signing keys.")
    secret_previous: SecretStr | None = Field(
        None, description="Earlier secrets, apart by spaces: what they have signed or wrapped is still taken."
    )
    kek: SecretStr | None = Field(
        None, description="Wraps the tenants' keys: 32 bytes as base64; older ones may follow; none: from the secret."
    )
    postgres_url: str | None = Field(
        None, pattern=POSTGRES, description="PostgreSQL as the application role; none: embedded."
    )
    postgres_worker_url: str | None = Field(
        None, pattern=POSTGRES, description="PostgreSQL as the worker role; none: as the API."
    )
    postgres_admin_url: str | None = Field(
        None, pattern=POSTGRES, description="PostgreSQL as a role that may migrate; none: embedded."
    )
    postgres_pool: int = Field(12, ge=1, le=200, description="PostgreSQL connections of each process.")
    valkey_url: str | None = Field(None, pattern=r"^(rediss?|unix)://", description="Valkey; none: embedded.")
    mongo_url: str | None = Field(
        None, pattern=r"^mongodb(\+srv)?://", description="MongoDB, for systems that keep documents; none: embedded."
    )
    mongo_pool: int = Field(20, ge=1, le=200, description="MongoDB connections of each process.")
    systems: str = Field("", description="The systems that `fourfold up` serves, commas between; none: all of them.")
    storage_url: str | None = Field(
        None, pattern=r"^(file:///|s3://)", description="file:///path or s3://bucket/prefix; none: a folder in home."
    )
    storage_endpoint: str | None = Field(None, pattern=WEB, description="The address of an S3-compatible service.")
    storage_region: str = Field("us-east-1", description="The region of the bucket.")
    smtp_url: str | None = Field(
        None, pattern=r"^smtps?://", description="smtp://user:password@host:port; none: the development inbox."
    )
    mail_from: str = Field("shop@fourfold.test", description="The sender of mails.")
    sms_url: str | None = Field(
        None, pattern=r"^https?://", description="Where text messages are posted as JSON; none: the development inbox."
    )
    sms_token: SecretStr | None = Field(None, description="The bearer token for it.")
    password_memory_kib: int = Field(MEMORY_KIB, ge=8, description="Memory of a password's hash; less is for tests.")
    access_minutes: int = Field(10, ge=1, le=60, description="How long an access token lives.")
    refresh_days: int = Field(30, ge=1, le=365, description="How long a session may be refreshed.")
    fresh_minutes: int = Field(
        15, ge=1, le=1440, description="How long after signing in or confirming grave changes are taken."
    )
    signing_key_days: int = Field(90, ge=0, le=3650, description="How long a signing key signs; 0: until told.")
    body_limit: int = Field(1_048_576, ge=1024, description="Bytes taken in a request body that is not an upload.")
    upload_limit: int = Field(268_435_456, ge=1024, description="Bytes taken in an upload.")
    resumable_limit: int = Field(
        5_368_709_120, ge=1024, description="Bytes of a file that is sent in several requests."
    )
    files_limit: int = Field(53_687_091_200, ge=0, description="Bytes of files that a tenant may store.")
    limit_normal: str | None = Field(
        None, pattern=LIMIT, description="Requests of one address, account or key; none: 1200/60s in production."
    )
    limit_costly: str | None = Field(
        None, pattern=LIMIT, description="The same for routes that do much work; none: 120/60s in production."
    )
    limit_sign_in: str | None = Field(
        None, pattern=LIMIT, description="The same for signing in and up; none: 60/60s in production."
    )
    limit_failed_sign_in: str = Field(
        "100/10m", pattern=LIMIT, description="Wrong passwords from one address, whichever accounts they are for."
    )
    limit_tenant: str | None = Field(
        None, pattern=LIMIT, description="Requests of one tenant; none: by its plan, or 60000/60s in production."
    )
    spam_limits: Literal["on", "off"] | None = Field(
        None, description="Whether people are held to the community's limits; none: in production."
    )
    trusted_proxies: str = Field(
        "", description="Networks, such as 10.0.0.0/8, whose X-Forwarded-For and -Proto are believed; commas between."
    )
    docs: bool | None = Field(None, description="Whether /docs and /openapi.json are open; none: in development.")
    metrics_token: SecretStr | None = Field(
        None, description="The bearer token for /metrics; none: open in development, closed in production."
    )
    worker_port: int | None = Field(
        None, ge=1, le=65535, description="The port of a worker's /healthz, /readyz and /metrics; none: not served."
    )
    otlp_url: str | None = Field(
        None, pattern=r"^https?://", description="Where traces are sent, as OpenTelemetry over HTTP; none: nowhere."
    )
    trace_ratio: float = Field(
        1.0, ge=0, le=1, description="The part of traces that are sent, of those that no caller has begun."
    )
    fetch_ports: str = Field(
        "80,443",
        pattern=r"^[0-9]{1,5}(,[0-9]{1,5})*$",
        description="The ports of others from which pages are fetched for previews; commas between.",
    )
    fetch_hosts: str = Field(
        "",
        max_length=1000,
        description="Development only: hosts to fetch from wherever they are, on any port; commas between.",
    )
    fonts: Path | None = Field(None, description="A folder of fonts for papers, beside those of the machine.")
    ffmpeg: str | None = Field(
        None,
        max_length=4096,
        description="ffmpeg, with ffprobe beside it; off: videos stay as they are; none: as found.",
    )
    cache: Literal["on", "off"] = Field(
        "on", description="Whether costly answers are kept until what they tell of changes."
    )
    kept_days: int = Field(30, ge=7, le=3650, description="How long events and jobs are kept once they are done.")
    hold_minutes: int = Field(30, ge=1, le=1440, description="How long an unpaid order holds its stock.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is logged.")
    log_requests: Literal["unusual", "all"] = Field(
        "unusual", description="Which requests are logged: those that failed or took a second, or all."
    )
    debug: bool = Field(default=False, description="Development only.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Given values win over the environment, the environment over files."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, _FromFiles(settings_cls)

    @model_validator(mode="after")
    def _fit_for_its_use(self) -> Self:
        self.home = self.home.absolute()
        for name, defaults in LIMITS.items():
            if getattr(self, name) is None:
                setattr(self, name, defaults[self.env])
        if self.spam_limits is None:
            self.spam_limits = "on" if self.env == "production" else "off"
        try:
            networks_in(self.trusted_proxies)
        except ValueError as problem:
            reason = f"{PREFIX}TRUSTED_PROXIES: {problem}"
            raise ValueError(reason) from problem
        try:
            keks = keys_in(self.kek.get_secret_value()) if self.kek is not None else []
        except ValueError as problem:
            reason = f"{PREFIX}KEK: {problem}"
            raise ValueError(reason) from problem
        if self.env == "production":
            self._must_fit_production(can_seal=bool(keks))
            self.demo = False
        return self

    def _must_fit_production(self, *, can_seal: bool) -> None:
        missing = [
            name for name in ("postgres_url", "valkey_url", "storage_url", "public_url") if getattr(self, name) is None
        ]
        wrong: dict[str, bool] = {
            f"does not use embedded servers: set {PREFIX}{missing[0].upper() if missing else ''}": bool(missing),
            f"needs {PREFIX}SECRET with at least 32 characters": len(self.secret.get_secret_value()) < SECRET_LENGTH,
            f"needs {PREFIX}KEK: 32 random bytes as base64, kept apart from the database": not can_seal,
            f"needs {PREFIX}PASSWORD_MEMORY_KIB of {MEMORY_KIB} or more": self.password_memory_kib < MEMORY_KIB,
            f"refuses {PREFIX}DEBUG and {PREFIX}DEMO_PASSWORD": self.debug or self.demo_password is not None,
            f"refuses {PREFIX}FETCH_HOSTS": bool(self.fetched_hosts),
        }
        for reason, holds in wrong.items():
            if holds:
                raise ValueError(f"production {reason}")

    @property
    def system_names(self) -> list[str]:
        """The systems that are served; empty for all of them."""
        return [name.strip() for name in self.systems.split(",") if name.strip()]

    @property
    def fetched_ports(self) -> frozenset[int]:
        """The ports of others from which is fetched."""
        return frozenset(int(port) for port in self.fetch_ports.split(","))

    @property
    def fetched_hosts(self) -> frozenset[str]:
        """The hosts from which is fetched wherever they are."""
        return frozenset(host.strip().lower() for host in self.fetch_hosts.split(",") if host.strip())

    @property
    def known_secrets(self) -> Sequence[bytes]:
        """The secret that signs and wraps now, and then the earlier ones, which only check and unwrap."""
        earlier = self.secret_previous.get_secret_value() if self.secret_previous is not None else ""
        return [each.encode() for each in (self.secret.get_secret_value(), *earlier.replace(",", " ").split())]

    @property
    def development(self) -> bool:
        """Whether conveniences such as the mail inbox are open."""
        return self.env == "development"

    @property
    def shows_docs(self) -> bool:
        """Whether the documents are open."""
        return self.development if self.docs is None else self.docs

    @property
    def base_url(self) -> str:
        """How links in mails reach the API."""
        return self.public_url or f"http://{self.host}:{self.port}"


def load_settings(**given: Any) -> Settings:
    """The settings of this process; raises `BadSettings` with one line that names the first bad value.

    In development a missing secret is made once and kept in the data folder, so that tokens survive a restart.
    """
    try:
        settings = Settings(**given)
    except ValidationError as problem:
        first = problem.errors()[0]
        name = f"{PREFIX}{str(first['loc'][0]).upper()}: " if first["loc"] else ""
        raise BadSettings(name + first["msg"].removeprefix("Value error, ")) from problem
    if not settings.secret.get_secret_value():
        try:
            settings.secret = SecretStr(kept_secret(settings.home, "secret"))
        except OSError as problem:
            reason = f"{PREFIX}HOME: cannot keep data in {settings.home}: {problem.strerror}"
            raise BadSettings(reason) from problem
    return settings


def kept_secret(home: Path, name: str) -> str:
    """A random secret that lives in the data folder, made at first use; safe when two processes ask at once."""
    path = home / "secrets" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, draft = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            Path(draft).unlink()
    return path.read_text().strip()
