from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

import settings


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of secrets, as container engines mount it."""
    monkeypatch.setenv("FLORESCOPE_SECRETS_DIR", str(tmp_path))
    importlib.reload(settings)
    yield tmp_path
    monkeypatch.undo()
    importlib.reload(settings)


def test_secrets_are_read_from_files(secrets: Path) -> None:
    (secrets / "florescope_redis_password").write_text("pe/t@l\n")
    (secrets / "florescope_s3_access_key_id").write_text("id")
    (secrets / "florescope_s3_secret_access_key").write_text("key")
    found = settings.Settings(redis_url="redis://redis:6379/0")
    assert found.broker_url() == "redis://:pe%2Ft%40l@redis:6379/0"
    assert found.s3_options().secret_access_key == "key"
    assert "pe/t@l" not in repr(found)


@pytest.mark.parametrize("given", ["id", "key"])
def test_one_key_of_s3_without_the_other_is_refused_and_neither_is_told(secrets: Path, given: str) -> None:
    names = {"id": "s3_access_key_id", "key": "s3_secret_access_key"}
    (secrets / f"florescope_{names.pop(given)}").write_text("rosebud")
    (missing,) = names.values()
    with pytest.raises(ValidationError) as refused:
        settings.Settings()
    assert f"FLORESCOPE_{missing.upper()} in the environment or the file {secrets}" in settings.told(refused.value)
    assert "rosebud" not in settings.told(refused.value)


def test_the_environment_counts_before_a_file(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (secrets / "florescope_redis_password").write_text("")
    monkeypatch.setenv("FLORESCOPE_REDIS_PASSWORD", "petal")
    assert settings.Settings().broker_url() == "redis://:petal@127.0.0.1:6379/0"


def test_only_a_client_of_a_provider_of_identity_may_have_no_secret(secrets: Path) -> None:
    (secrets / "florescope_oidc_client_secret").write_text("\n")
    assert settings.Settings().oidc_client_secret is None
    (secrets / "florescope_flower_password").write_text("\n")
    with pytest.raises(ValueError, match=r"FLORESCOPE_FLOWER_PASSWORD, .*/florescope_flower_password, is empty"):
        settings.Settings()


def test_a_password_in_the_address_counts(secrets: Path) -> None:
    (secrets / "florescope_redis_password").write_text("other")
    assert settings.Settings(redis_url="redis://:own@redis/0").broker_url() == "redis://:own@redis/0"


def test_without_a_password_the_address_is_as_it_is() -> None:
    assert settings.Settings(redis_url="redis://redis/0").broker_url() == "redis://redis/0"


@pytest.mark.parametrize(
    ("value", "prefixes"),
    [
        ("", ()),
        ("s3://pictures", ("s3://pictures",)),
        ("s3://pictures/a b,s3://other.bucket/c/", ("s3://pictures/a b", "s3://other.bucket/c/")),
    ],
)
def test_places_in_s3_are_separated_by_commas(value: str, prefixes: tuple[str, ...]) -> None:
    assert settings.Settings(dataset_prefixes=value).s3_prefixes() == prefixes


@pytest.mark.parametrize("value", ["pictures", "s3://", "file:///a", "s3://a,,s3://b"])
def test_what_is_no_place_in_s3_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match="dataset_prefixes"):
        settings.Settings(dataset_prefixes=value)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "[::1]", "localhost"])
def test_on_loopback_nobody_must_say_who_they_are(host: str) -> None:
    assert not settings.Settings(host=host).asks_who()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "florescope.example.org"])
def test_elsewhere_it_must_be_said_whether_somebody_asks(host: str) -> None:
    with pytest.raises(ValueError, match=r"FLORESCOPE_IDENTITY=keys.*FLORESCOPE_IDENTITY=none"):
        settings.Settings(host=host).asks_who()
    assert settings.Settings(host=host, identity="keys").asks_who()
    assert not settings.Settings(host=host, identity="none").asks_who()


def test_keys_can_be_asked_for_on_loopback_too() -> None:
    assert settings.Settings(identity="keys").asks_who()


def test_private_hosts_that_may_be_told_are_named_one_by_one() -> None:
    found = settings.Settings(notify_private_hosts="CI.internal,10.0.0.5,[fd00::1]")
    assert found.private_hosts() == {"ci.internal", "10.0.0.5", "fd00::1"}
    for value in ("*", "*.internal", "ci.internal,"):
        with pytest.raises(ValidationError, match="notify_private_hosts"):
            settings.Settings(notify_private_hosts=value)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("FLORESCOPE_PUBLIC_URL", "https://florescope.example.org/", "without a slash at its end"),
        ("FLORESCOPE_ALLOWED_HOSTS", "example.org:8000", "names of hosts without ports"),
        ("FLORESCOPE_ALLOWED_HOSTS", "a.org, b.org", "separated by commas without blanks"),
        ("FLORESCOPE_NOTIFY_PRIVATE_HOSTS", "*.internal", "names or addresses of hosts"),
        ("FLORESCOPE_DATASET_PREFIXES", "s3://a, s3://b", "separated by commas without blanks"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "such as http://collector:4318"),
    ],
)
def test_a_setting_of_another_form_is_told_in_words(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as refused:
        settings.Settings()
    told = settings.told(refused.value)
    assert told.startswith(f"{name} in the environment is {value!r}: expected ")
    assert expected in told


def test_whatever_form_a_setting_has_is_described() -> None:
    fields = settings.Settings.model_fields.values()
    of_a_form = [each for each in fields if any(getattr(part, "pattern", None) for part in each.metadata)]
    assert len(of_a_form) == 5
    assert all(each.description for each in of_a_form)


@pytest.mark.parametrize("name", ["FLORESCOPE_LEASE_TTL_S", "FLORESCOPE_RECONCILE_EVERY_S", "FLORESCOPE_STOP_GRACE_S"])
def test_no_time_is_infinite(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "inf")
    with pytest.raises(ValidationError) as refused:
        settings.Settings()
    assert settings.told(refused.value).startswith(f"{name} in the environment is 'inf': ")


@pytest.mark.parametrize(
    ("name", "field"), [("FLORESCOPE_WEIGHTS_DIR", "weights_dir"), ("TFDS_DATA_DIR", "tfds_data_dir")]
)
def test_an_empty_folder_is_none_and_not_where_the_process_was_started(
    monkeypatch: pytest.MonkeyPatch, name: str, field: str
) -> None:
    monkeypatch.setenv(name, "")
    assert getattr(settings.Settings(), field) is None


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "expected redis://host:6379/0"),
        ("http://redis:6379/0", "expected redis://host:6379/0"),
        ("redis://:secret@redis:99999/0", "its port is no number"),
        ("redis://:secret@redis:port/0", "its port is no number"),
        ("redis://redis:6379/main", "its database, after the host, is no number"),
        ("redis-sentinel://one:26379,two:x/0?master=m", "its port is no number"),
        ("redis-sentinel://one,two", "name of the master"),
    ],
)
def test_an_address_of_no_redis_names_its_setting_and_not_its_password(
    monkeypatch: pytest.MonkeyPatch, url: str, reason: str
) -> None:
    monkeypatch.setenv("FLORESCOPE_REDIS_URL", url)
    with pytest.raises(ValidationError) as refused:
        settings.Settings()
    told = settings.told(refused.value)
    assert told.startswith("FLORESCOPE_REDIS_URL in the environment names no Redis: ")
    assert reason in told
    assert "secret" not in told


@pytest.mark.parametrize(
    "url",
    [
        "redis://redis",
        "redis://redis/",
        "rediss://me:pass@[::1]:6380/3",
        "redis://[fd00::5]/0",
        "redis-sentinel://:secret@one:26379,two:26379/0?master=name",
        "rediss-sentinel://one,[fd00::5]:26379/1?master=name",
        "redis://redis:6379/0?socket_timeout=3",
    ],
)
def test_addresses_of_redis_are_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("FLORESCOPE_REDIS_URL", url)
    assert settings.Settings().broker_url() == url
