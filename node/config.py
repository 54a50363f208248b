"""The settings: one TOML file and COMMENSAL_* variables, the variable winning. deploy/commensal.toml explains each."""

import ipaddress
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from node.errors import Misconfigured

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Config(BaseSettings):
    """What an operator can set. Unknown names in the file are errors, so that a typo is found."""

    model_config = SettingsConfigDict(env_prefix="COMMENSAL_", extra="forbid", frozen=True)

    url: str = "http://localhost:8080"
    listen: str = "127.0.0.1:8080"
    data: Path = Path("data")
    database_url: str = ""
    media_url: str = ""
    secret: str = ""
    migrate_on_start: bool | None = None
    allow_http: bool = False
    allow_addresses: Annotated[tuple[Network, ...], NoDecode] = ()
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = ()
    rate_limits: Literal["on", "off"] = "on"
    smtp_url: str = ""
    mail_from: str = ""
    metrics_token: str = ""
    language: str = "en"
    time_zone: str = "UTC"
    open_applications: bool = True
    log_format: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    delivery_hosts: Annotated[int, Field(ge=1, le=1000)] = 20
    delivery_window: Annotated[int, Field(ge=1, le=20)] = 2
    history_days: Annotated[int, Field(ge=1)] = 30
    media_quota: Annotated[int, Field(ge=1)] = 200
    remote_media_cap: Annotated[int, Field(ge=1)] = 2000

    @field_validator("url")
    @classmethod
    def _read_url(cls, value: str) -> str:
        parts = urlsplit(value.rstrip("/"))
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.username:
            raise ValueError("give the address as https://host, without a path")
        return f"{parts.scheme}://{parts.netloc.lower()}"

    @field_validator("allow_addresses", "trusted_proxies", mode="before")
    @classmethod
    def _read_networks(cls, value: Any) -> Any:
        if isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        return tuple(ipaddress.ip_network(part, strict=False) for part in value)

    @model_validator(mode="after")
    def _https_unless_developing(self) -> "Config":
        if self.url.startswith("http://") and not self.allow_http:
            raise ValueError("url begins with http://; use https, or set allow_http while developing")
        return self

    @property
    def host(self) -> str:
        """Authority of our ids: host, and port where the address has one."""
        return urlsplit(self.url).netloc

    @property
    def is_development(self) -> bool:
        """Plain http among peers: never on a public node."""
        return self.allow_http

    @property
    def database(self) -> str:
        """The database address, filled in with the file in the data folder."""
        return self.database_url or f"sqlite+aiosqlite:///{(self.data / 'node.db').resolve()}"

    @property
    def is_sqlite(self) -> bool:
        return self.database.startswith("sqlite")

    @property
    def media(self) -> str:
        return self.media_url or f"file://{(self.data / 'media').resolve()}"

    @property
    def migrates_on_start(self) -> bool:
        return self.is_sqlite if self.migrate_on_start is None else self.migrate_on_start

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_config(file: Path | None = None, **values: Any) -> Config:
    """Settings from ``file`` (or ./commensal.toml where there is one), the environment, and ``values`` above both.

    Raises Misconfigured, naming every setting that is wrong.
    """
    if file is not None and not file.is_file():
        raise Misconfigured(f"There is no settings file {file}.")
    if file is None and Path("commensal.toml").is_file():
        file = Path("commensal.toml")

    class ConfigFromFile(Config):
        model_config = SettingsConfigDict(toml_file=file)

    try:
        return ConfigFromFile(**values)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in item['loc']) or 'settings'}: {item['msg'].removeprefix('Value error, ')}"
            for item in error.errors()
        )
        raise Misconfigured(f"Settings: {wrong}.") from error
