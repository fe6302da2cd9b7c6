"""Every setting, read from the environment in one place. Only where a process starts may this be imported."""

from __future__ import annotations

import os
import ssl
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote

from pydantic import AfterValidator, BeforeValidator, Field, FilePath, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from dispatch.redis_address import RedisAddress
from store.s3.options import S3Options

_HOST = r"([\w.-]+|\[[0-9A-Fa-f:.]+\])"  # a name or an address
_HOSTS = rf"(\*|\*\.[\w.-]+|{_HOST})"  # the same, or *.names below one
_PREFIX = r"s3://[\w.-]+(/[^,\x00-\x1f]*)?"  # a bucket, or a folder in one
# A file per secret, such as `florescope_redis_password`, as container engines mount them.
_SECRETS = Path(os.environ.get("FLORESCOPE_SECRETS_DIR", "/run/secrets"))  # noqa: TID251  (here they are read)
_MAY_BE_EMPTY = {"oidc_client_secret"}  # of public clients, and where nobody signs in: engines mount no missing file


def _holds_certificates(path: Path) -> Path:
    try:
        ssl.create_default_context(cafile=str(path))
    except OSError as error:
        raise ValueError(f"{path} holds no certificates that can be read ({error.strerror or error})") from error
    return path


CertificateFile = Annotated[FilePath, AfterValidator(_holds_certificates)]


def _none_if_empty(value: Any) -> Any:
    return None if value == "" else value  # else it would be the folder in which the process was started


Folder = Annotated[Path | None, BeforeValidator(_none_if_empty)]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


class Settings(BaseSettings):
    """Settings of all processes; ``FLORESCOPE_<NAME>`` in the environment, but for those with an alias."""

    model_config = SettingsConfigDict(
        env_prefix="FLORESCOPE_",
        frozen=True,
        populate_by_name=True,
    )

    store_url: str = "file://./var/store"
    redis_url: SecretStr = SecretStr("redis://127.0.0.1:6379/0")
    redis_password: SecretStr | None = None
    redis_ca_file: CertificateFile | None = None
    redis_verify: bool = True
    key_prefix: str = "florescope:"

    s3_endpoint_url: str | None = None
    s3_region: str | None = None
    s3_access_key_id: str | None = None
    s3_secret_access_key: SecretStr | None = None
    s3_ca_file: CertificateFile | None = None
    s3_verify: bool = True

    weights_dir: Folder = None
    dataset_prefixes: str = Field(
        default="",
        pattern=f"^({_PREFIX}(,{_PREFIX})*)?$",
        description="s3://<bucket> or s3://<bucket>/<prefix>, several separated by commas without blanks",
    )
    tfds_data_dir: Folder = Field(default=None, alias="TFDS_DATA_DIR")

    host: str = "127.0.0.1"
    identity: Literal["keys", "none"] | None = None  # none: a proxy asks who somebody is; not set: only on loopback
    oidc_issuer: str | None = None
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr | None = None
    oidc_name: str = "single sign-on"
    oidc_scopes: str = "openid profile email"
    oidc_claim: str = "groups"
    oidc_grants: str = ""
    allowed_hosts: str = Field(
        default="127.0.0.1,localhost,[::1]",
        pattern=f"^{_HOSTS}(,{_HOSTS})*$",
        description="names of hosts without ports, separated by commas without blanks, such as example.org,*.lab.org",
    )
    public_url: str = Field(
        default="",
        pattern=r"^(https?://[^\s/]+(/[^\s]*[^\s/])?)?$",
        description="an address such as https://florescope.example.org, without a slash at its end",
    )
    notify_private_hosts: str = Field(
        default="",
        pattern=f"^({_HOST}(,{_HOST})*)?$",
        description="names or addresses of hosts, separated by commas without blanks, such as ci.internal,10.0.0.5",
    )
    api_port: int = Field(default=8000, ge=1, le=65535)
    flower_port: int = Field(default=5555, ge=1, le=65535)
    redis_port: int = Field(default=6379, ge=1, le=65535)
    flower_user: str = "florescope"
    flower_password: SecretStr | None = None
    data_dir: Path = Path("var")

    traces_endpoint: str | None = Field(
        default=None,
        alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        pattern=r"^(https?://\S+)?$",
        description="an address such as http://collector:4318",
    )
    mlflow_tracking_uri: str | None = None

    code_version: str | None = None  # of the code that runs, where it is known better than by its release
    lease_ttl_s: float = Field(default=30, ge=3, allow_inf_nan=False)  # it is renewed once a second
    reconcile_every_s: float = Field(default=2, ge=0.1, allow_inf_nan=False)
    stop_grace_s: float = Field(default=60, ge=0, allow_inf_nan=False)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  (there is no such file here)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  (passes over files that it cannot read)
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment, then files of secrets."""
        return init_settings, env_settings, InitSettingsSource(settings_cls, _secrets(settings_cls))

    @model_validator(mode="after")
    def _both_keys_of_s3(self) -> Self:
        keys = {"s3_access_key_id": self.s3_access_key_id, "s3_secret_access_key": self.s3_secret_access_key}
        missing = [name for name, value in keys.items() if value is None]
        if len(missing) == 1:
            raise ValueError(f"one of the two keys of S3 is set, and the other, {_place(missing[0])} is missing")
        return self

    @model_validator(mode="after")
    def _names_a_redis(self) -> Self:
        try:
            RedisAddress.of(self.redis_address()).check()
        except ValueError as error:
            raise ValueError(f"{_variable('redis_url')} in the environment names no Redis: {error}") from error
        return self

    def broker_url(self) -> str:
        """The address of Redis, with the password where that is a setting of its own."""
        url = self.redis_url.get_secret_value()
        scheme, separator, rest = url.partition("://")
        if self.redis_password is None or "@" in rest:
            return url
        return f"{scheme}{separator}:{quote(self.redis_password.get_secret_value(), safe='')}@{rest}"

    def redis_address(self) -> RedisAddress:
        """Where Redis is, and how its certificate is looked at."""
        return RedisAddress(
            self.broker_url(), str(self.redis_ca_file) if self.redis_ca_file else None, self.redis_verify
        )

    def asks_who(self) -> bool:
        """Whether callers of the API must say who they are.

        Raises:
            ValueError: others can reach the API, and nobody said whether they must.
        """
        if self.identity is None and not _is_loopback(self.host):
            raise ValueError(
                f"FLORESCOPE_HOST is {self.host!r}, so others can reach this API, and nobody asks who they are: set "
                "FLORESCOPE_IDENTITY=keys, and make the first key with 'florescope keys create <name> --role admin'; "
                "or set FLORESCOPE_IDENTITY=none, if a proxy in front of it lets only those in who may do everything"
            )
        return self.identity == "keys"

    def flower_login(self) -> tuple[str, str] | None:
        """Name and password that Flower asks for; None: it asks nobody.

        Raises:
            ValueError: others can reach Flower, and there is no password.
        """
        password = self.flower_password.get_secret_value() if self.flower_password else ""
        if not password and not _is_loopback(self.host):
            raise ValueError(
                f"FLORESCOPE_HOST is {self.host!r}, so others can reach Flower, and its password, "
                f"{_place('flower_password')} is missing"
            )
        return (self.flower_user, password) if password else None

    def s3_prefixes(self) -> tuple[str, ...]:
        """Where jobs may read pictures in S3, with the keys of the store."""
        return tuple(filter(None, self.dataset_prefixes.split(",")))

    def private_hosts(self) -> frozenset[str]:
        """Hosts of the own network to which notices may go."""
        return frozenset(host.strip("[]").lower() for host in self.notify_private_hosts.split(",") if host)

    def s3_options(self) -> S3Options:
        """How to reach the S3 server; what is not set is left to boto3's own configuration."""
        secret = self.s3_secret_access_key
        return S3Options(
            endpoint_url=self.s3_endpoint_url,
            region=self.s3_region,
            access_key_id=self.s3_access_key_id,
            secret_access_key=secret.get_secret_value() if secret else None,
            ca_file=str(self.s3_ca_file) if self.s3_ca_file else None,
            verify=self.s3_verify,
        )


def settings_of(process: str) -> Settings:
    """What a process starts with.

    Raises:
        SystemExit: the settings are of no use; one line says which, and why.
    """
    try:
        return Settings()
    except (OSError, ValueError) as error:
        sys.exit(f"florescope {process} cannot start: {told(error)}")


def told(error: OSError | ValueError) -> str:
    """One line of what is wrong with settings; what secrets hold is not in it."""
    if not isinstance(error, ValidationError):
        return " ".join(str(error).split())
    return "; ".join(map(_told, error.errors()))


def _told(error: ErrorDetails) -> str:
    field, why = ".".join(map(str, error["loc"])), error["msg"].removeprefix("Value error, ")
    if not field:
        return why
    if error["type"] == "string_pattern_mismatch":  # the pattern would say nothing to most people
        named = {known.alias or name: known for name, known in Settings.model_fields.items()}
        why = f"expected {named[field].description}"
    name = _variable(field) if field in Settings.model_fields else field
    return f"{name} in the environment is {str(error['input'])!r}: {why}"


def _variable(field: str) -> str:
    return f"FLORESCOPE_{field.upper()}"


def _place(field: str) -> str:
    return f"{_variable(field)} in the environment or the file {_secret_file(field)},"


def _secret_file(field: str) -> Path:
    return _SECRETS / f"florescope_{field}"


def _secrets(settings: type[BaseSettings]) -> dict[str, Any]:
    wanted = "FLORESCOPE_SECRETS_DIR" in os.environ  # noqa: TID251  (here they are read)
    if wanted and not _SECRETS.is_dir():
        raise ValueError(f"FLORESCOPE_SECRETS_DIR is '{_SECRETS}', and there is no such folder")
    fields = [name for name in settings.model_fields if _variable(name) not in os.environ]  # noqa: TID251
    found = {name: _secret(name) for name in fields}
    return {name: value for name, value in found.items() if value}


def _secret(field: str) -> str | None:
    path = _secret_file(field)
    try:
        value = path.read_text("utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise ValueError(f"the file of {_variable(field)}, {path}, cannot be read: {reason}") from error
    if not value and field not in _MAY_BE_EMPTY:
        raise ValueError(f"the file of {_variable(field)}, {path}, is empty")
    return value
