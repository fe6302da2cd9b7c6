"""Where Redis is, as redis-py and as kombu are told it."""

from __future__ import annotations

import ssl

import pytest

from dispatch.celery_app import make_celery
from dispatch.redis_address import RedisAddress
from dispatch.redis_client import address, open_redis

SENTINELS = "redis-sentinel://:ros%40e@one:26379,two/3?master=flowers"


def test_a_plain_address_has_no_tls() -> None:
    assert RedisAddress("redis://redis:6379/0").tls == {}


def test_a_certificate_is_required_unless_somebody_says_otherwise() -> None:
    asked = RedisAddress("rediss://redis:6379/0", ca_file="/ca.pem").tls
    assert asked == {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True, "ssl_ca_certs": "/ca.pem"}
    unasked = RedisAddress("rediss://redis:6379/0", verify=False).tls
    assert unasked == {"ssl_cert_reqs": ssl.CERT_NONE, "ssl_check_hostname": False}


def test_sentinels_are_read_with_their_ports_the_master_and_the_password() -> None:
    found = RedisAddress.of(SENTINELS)
    assert found.sentinels == [("one", 26379), ("two", 26379)]
    assert (found.master, found.database, found.credentials) == ("flowers", 3, {"password": "ros@e"})


def test_kombu_is_told_of_each_sentinel() -> None:
    conf = make_celery(SENTINELS).conf
    assert conf.broker_url == "sentinel://:ros%40e@one:26379/3;sentinel://:ros%40e@two:26379/3"
    assert conf.broker_transport_options["master_name"] == "flowers"


def test_sentinels_without_the_name_of_a_master_are_refused() -> None:
    with pytest.raises(ValueError, match=r"end it in \?master=name"):
        open_redis("redis-sentinel://one:26379/0")


def test_messages_name_the_master_and_its_sentinels_but_no_password() -> None:
    told = address(open_redis(SENTINELS))
    assert told == "the master 'flowers' of the Sentinels at one:26379, two:26379"
