import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.infra.bundles import read_bundle, read_card, slug, write_bundle
from lib.infra.errors import UserError


def test_a_bundle_comes_back_as_it_was(tmp_path: Path) -> None:
    tensors = {"weight": np.arange(6, dtype=np.float16).reshape(2, 3), "bias": np.array([0.1, 0.2])}
    write_bundle(tmp_path / "models" / "one", tensors=tensors, card={"artist": "Ada Ĺ"})
    loaded, card = read_bundle(tmp_path / "models" / "one")
    assert card == {"artist": "Ada Ĺ"}
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(loaded[name], tensor)
        assert loaded[name].dtype == tensor.dtype


def test_where_there_is_no_bundle_there_is_no_card(tmp_path: Path) -> None:
    assert read_card(tmp_path / "none") is None
    with pytest.raises(UserError, match="is not a model bundle"):
        read_bundle(tmp_path / "none")


def test_a_pickle_in_place_of_tensors_is_refused_and_never_run(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple:
            return (Path.touch, (tmp_path / "sprung",))

    write_bundle(tmp_path / "one", tensors={"x": np.zeros(1)}, card={})
    (tmp_path / "one" / "model.safetensors").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(UserError, match="train it again"):
        read_bundle(tmp_path / "one")
    assert not (tmp_path / "sprung").exists()


@given(st.text(min_size=1), st.text(min_size=1))
def test_different_artists_have_different_safe_folders(first: str, second: str) -> None:
    assert set(slug(first)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert (slug(first) == slug(second)) == (first == second)
