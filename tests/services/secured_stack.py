"""A stack of real processes whose Redis asks for a password, and whose Redis and S3 speak TLS by an own authority."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from store.open_store import open_store
from tests.services.certificates import Authority, make_authority
from tests.services.faulty_s3 import FaultyS3, faulty_s3
from tests.services.light_explanations import publish_light_model
from tests.services.light_stack import LightStack
from tests.services.moto_server import moto_server
from tests.services.redis_server import RedisServer, redis_server
from tests.services.stack import QUICK
from tests.services.tls_server import TlsServer, tls_server

BUCKET, PASSWORD = "secured", "rose"


@dataclass(frozen=True)
class SecuredStack:
    """The stack, the servers, and who may vouch for them; ``stranger`` may not."""

    stack: LightStack
    redis: RedisServer
    redis_tls: TlsServer
    s3: FaultyS3
    s3_tls: TlsServer
    own: Authority
    stranger: Authority


@contextmanager
def secured_stack(folder: Path, services: Sequence[str]) -> Iterator[SecuredStack]:
    """Everything, for the length of a test."""
    own, stranger = make_authority(folder), make_authority(folder, "stranger")
    with ExitStack() as stays:
        moto = stays.enter_context(moto_server())
        moto.create_bucket(BUCKET)
        publish_light_model(open_store(f"s3://{BUCKET}", s3=moto.options))
        s3 = stays.enter_context(faulty_s3(moto.port))
        s3_tls = stays.enter_context(tls_server(s3.port, own.server_file))
        server = stays.enter_context(redis_server(folder, requirepass=PASSWORD))
        redis_tls = stays.enter_context(tls_server(server.port, own.server_file))
        settings = {
            **QUICK,
            "FLORESCOPE_REDIS_URL": f"rediss://127.0.0.1:{redis_tls.port}/0",
            "FLORESCOPE_REDIS_PASSWORD": PASSWORD,
            "FLORESCOPE_REDIS_CA_FILE": str(own.ca_file),
            "FLORESCOPE_STORE_URL": f"s3://{BUCKET}",
            "FLORESCOPE_S3_ENDPOINT_URL": f"https://127.0.0.1:{s3_tls.port}",
            "FLORESCOPE_S3_ACCESS_KEY_ID": str(moto.options.access_key_id),
            "FLORESCOPE_S3_SECRET_ACCESS_KEY": str(moto.options.secret_access_key),
            "FLORESCOPE_S3_CA_FILE": str(own.ca_file),
        }
        stack = stays.enter_context(LightStack(folder, server, settings).running(services))
        yield SecuredStack(stack, server, redis_tls, s3, s3_tls, own, stranger)
