"""Settings: typed, from the environment or files; a bad one stops the start with one line."""

from pathlib import Path

import pytest

from fourfold.ground.settings import BadSettings, kept_secret, load_settings

PRODUCTION = {
    "FOURFOLD_ENV": "production",
    "FOURFOLD_POSTGRES_URL": "postgresql://app@db/fourfold",
    "FOURFOLD_POSTGRES_ADMIN_URL": "postgresql://owner@db/fourfold",
    "FOURFOLD_VALKEY_URL": "redis://valkey",
    "FOURFOLD_STORAGE_URL": "s3://bucket",
    "FOURFOLD_PUBLIC_URL": "https://shop.example",
    "FOURFOLD_SECRET": "x" * 32,
    "FOURFOLD_KEK": "a2V5IGVuY3J5cHRpb24ga2V5IG9mIDMyIGJ5dGVzISE=",
}


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("FOURFOLD_PORT", "many", "FOURFOLD_PORT"),
        ("FOURFOLD_PORT", "70000", "FOURFOLD_PORT"),
        ("FOURFOLD_WORKERS", "0", "FOURFOLD_WORKERS"),
        ("FOURFOLD_LOG_LEVEL", "loud", "FOURFOLD_LOG_LEVEL"),
        ("FOURFOLD_SECRET_FILE", "/no/such/file", "FOURFOLD_SECRET_FILE"),
        ("FOURFOLD_POSTGRES_URL", "mysql://db/fourfold", "FOURFOLD_POSTGRES_URL"),
        ("FOURFOLD_VALKEY_URL", "http://valkey", "FOURFOLD_VALKEY_URL"),
        ("FOURFOLD_STORAGE_URL", "ftp://files", "FOURFOLD_STORAGE_URL"),
        ("FOURFOLD_SMTP_URL", "mail.example", "FOURFOLD_SMTP_URL"),
        ("FOURFOLD_PUBLIC_URL", "shop.example", "FOURFOLD_PUBLIC_URL"),
        ("FOURFOLD_HOME", "/dev/null/home", "FOURFOLD_HOME"),
    ],
)
def test_a_bad_value_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    """P-03: one line that names the setting."""
    monkeypatch.setenv("FOURFOLD_HOME", str(tmp_path))
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as refused:
        load_settings()
    assert str(refused.value).startswith(told)
    assert "\n" not in str(refused.value)


def test_secrets_come_from_files_and_stay_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """P-03: `*_FILE` is read, and the value is not printed."""
    (tmp_path / "secret").write_text("from a file\n")
    monkeypatch.setenv("FOURFOLD_SECRET_FILE", str(tmp_path / "secret"))
    settings = load_settings(home=tmp_path)
    assert settings.secret.get_secret_value() == "from a file"
    assert "from a file" not in repr(settings)


def test_a_missing_secret_is_made_once(tmp_path: Path) -> None:
    """P-03: development needs no secret set, and keeps the one that it made."""
    first, second = (load_settings(home=tmp_path).secret for _ in range(2))
    assert first == second
    assert (tmp_path / "secrets" / "secret").stat().st_mode & 0o077 == 0
    assert kept_secret(tmp_path, "other") != first.get_secret_value()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FOURFOLD_POSTGRES_URL", ""),
        ("FOURFOLD_VALKEY_URL", ""),
        ("FOURFOLD_STORAGE_URL", ""),
        ("FOURFOLD_SECRET", ""),
        ("FOURFOLD_SECRET", "short"),
        ("FOURFOLD_KEK", ""),
        ("FOURFOLD_KEK", "c2hvcnQ="),
        ("FOURFOLD_DEBUG", "1"),
        ("FOURFOLD_DEMO_PASSWORD", "demo"),
        ("FOURFOLD_FETCH_HOSTS", "localhost"),
    ],
)
def test_production_refuses_conveniences(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """P-03: no embedded server, no demo secret, no debug."""
    monkeypatch.setenv("FOURFOLD_HOME", str(tmp_path))
    for key, good in PRODUCTION.items():
        monkeypatch.setenv(key, good)
    assert load_settings().demo is False
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings, match=name.removesuffix("_PASSWORD")):
        load_settings()
