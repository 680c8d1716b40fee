"""Files that are no voice are refused before native code sees them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.engines.onnx_split import split_before

pytestmark = pytest.mark.unit


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_order(junk: bytes) -> None:
    """Bytes that are no model raise ValueError, never anything else."""
    with pytest.raises(ValueError, match=r"."):
        split_before(junk, "dec.conv_pre.weight")


def test_a_model_without_the_weight_is_refused() -> None:
    """A well-formed message with an empty graph has nothing to cut."""
    with pytest.raises(ValueError, match="no weight"):
        split_before(bytes([7 << 3 | 2, 0]), "dec.conv_pre.weight")
