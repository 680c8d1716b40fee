"""Signature Version 4 against what AWS published, and against AWS's own library on drawn requests."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from assistant.engines.cloud_signature import AwsKey, ToSign, authorization, read_key, stamp

pytestmark = pytest.mark.unit

KEY = AwsKey(id="AKIDEXAMPLE", secret="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
WHEN = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
PLAIN = {"host": "example.amazonaws.com", "x-amz-date": "20150830T123600Z"}
FORM = "application/x-www-form-urlencoded; charset=utf-8"


@pytest.mark.parametrize(
    ("request_", "scope", "signature"),
    [
        # The first three: AWS's test suite of Signature Version 4 (get-vanilla, post-vanilla,
        # get-vanilla-query-order-key-case).
        (ToSign(method="GET", path="/", query="", headers=PLAIN, body=b""), "us-east-1/service",
         "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        (ToSign(method="POST", path="/", query="", headers=PLAIN, body=b""), "us-east-1/service",
         "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (ToSign(method="GET", path="/", query="Param2=value2&Param1=value1", headers=PLAIN, body=b""),
         "us-east-1/service", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        # The worked example of the AWS General Reference, "ListUsers".
        (ToSign(method="GET", path="/", query="Action=ListUsers&Version=2010-05-08", body=b"",
                headers={"host": "iam.amazonaws.com", "content-type": FORM, "x-amz-date": "20150830T123600Z"}),
         "us-east-1/iam", "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"),
    ],
)  # fmt: skip
def test_the_published_examples(request_: ToSign, scope: str, signature: str) -> None:
    """Byte for byte what AWS says it must be."""
    assert authorization(request_, WHEN, scope, KEY).endswith(f"Signature={signature}")


@given(
    method=st.sampled_from(["GET", "POST", "PUT"]),
    parts=st.lists(
        st.text("abcXYZ019-_.~:%@", min_size=1, max_size=12).filter(lambda part: part.strip(".")), max_size=4
    ),
    query=st.lists(st.tuples(st.text("abcAB", min_size=1, max_size=5), st.text("xyz09-", max_size=5)), max_size=4),
    body=st.binary(max_size=300),
    token=st.text("abc/+=", max_size=20),
    more=st.text("aà b  c,;:", max_size=20),
)
def test_it_signs_as_amazons_library_does(
    method: str, parts: list[str], query: list[tuple[str, str]], body: bytes, token: str, more: str
) -> None:
    """Any path, query, header and body."""
    path = "/" + "/".join(parts)
    asked = "&".join(f"{name}={value}" for name, value in query)
    headers = {**PLAIN, "x-extra": more.strip()} | ({"x-amz-security-token": token} if token else {})
    theirs = AWSRequest(
        method=method,
        url=f"http://example.amazonaws.com{path}" + (f"?{asked}" if asked else ""),
        headers=headers,
        data=body,
    )
    theirs.context["timestamp"] = stamp(WHEN)
    auth = SigV4Auth(Credentials(KEY.id, KEY.secret, token or None), "bedrock", "eu-west-1")
    expected = auth.signature(auth.string_to_sign(theirs, auth.canonical_request(theirs)), theirs)
    whole = ToSign(method=method, path=path, query=asked, headers=headers, body=body)
    assert expected == authorization(whole, WHEN, "eu-west-1/bedrock", KEY).rpartition("=")[2]


def test_keys_are_told_apart() -> None:
    """An access key, a temporary one, and what is none; no secret shows in a log."""
    assert AwsKey(id="AKIAEXAMPLE0EXAMPLE0", secret="s/e+c") == read_key("AKIAEXAMPLE0EXAMPLE0:s/e+c\n")
    assert AwsKey(id="ASIAEXAMPLE0EXAMPLE0", secret="s", token="t:o") == read_key("ASIAEXAMPLE0EXAMPLE0:s:t:o")
    for other in ("ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl", "", "AKIA:s", "AKIAEXAMPLE0EXAMPLE0:", "akiaexample0example0:s"):
        assert read_key(other) is None
    assert "s/e+c" not in repr(read_key("AKIAEXAMPLE0EXAMPLE0:s/e+c"))
