import pickle
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.infra.atomic import write_json
from lib.infra.bundles import Metadata, read_bundle, read_metadata, slug, write_bundle
from lib.infra.errors import UserError


class Portrait(Metadata):
    kind: Literal["portrait"] = "portrait"
    artist: str


class Landscape(Metadata):
    kind: Literal["landscape"] = "landscape"
    artist: str


def test_a_bundle_comes_back_as_it_was(tmp_path: Path) -> None:
    tensors = {"weight": np.arange(6, dtype=np.float16).reshape(2, 3), "bias": np.array([0.1, 0.2])}
    write_bundle(tmp_path / "models" / "one", tensors=tensors, metadata=Portrait(artist="Ada Ĺ"))
    loaded, metadata = read_bundle(tmp_path / "models" / "one", Portrait)
    assert metadata == Portrait(artist="Ada Ĺ")
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(loaded[name], tensor)
        assert loaded[name].dtype == tensor.dtype


def test_where_there_is_no_bundle_there_are_no_metadata(tmp_path: Path) -> None:
    assert read_metadata(tmp_path / "none", Portrait) is None
    with pytest.raises(UserError, match="is not a model bundle"):
        read_bundle(tmp_path / "none", Portrait)


def test_a_pickle_in_place_of_tensors_is_refused_and_never_run(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple:
            return (Path.touch, (tmp_path / "sprung",))

    write_bundle(tmp_path / "one", tensors={"x": np.zeros(1)}, metadata=Portrait(artist="Ada"))
    (tmp_path / "one" / "model.safetensors").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(UserError, match="train it again"):
        read_bundle(tmp_path / "one", Portrait)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": "portrait"}, "artist: Field required"),
        ({"artist": "Ada", "kind": "portrait", "colour": "red"}, "colour: Extra inputs are not permitted"),
    ],
)
def test_metadata_of_another_version_are_one_sentence(tmp_path: Path, change: dict[str, str], reason: str) -> None:
    write_bundle(tmp_path / "one", tensors={"x": np.zeros(1)}, metadata=Portrait(artist="Ada"))
    write_json(tmp_path / "one" / "model.json", change)
    with pytest.raises(UserError, match=f"cannot read the bundle .*one .{reason}.; remove it and train it again"):
        read_metadata(tmp_path / "one", Portrait)


def test_a_bundle_of_another_kind_and_a_broken_one_are_one_sentence(tmp_path: Path) -> None:
    write_bundle(tmp_path / "one", tensors={"x": np.zeros(1)}, metadata=Portrait(artist="Ada"))
    with pytest.raises(UserError, match="cannot read the bundle .*kind: Input should be 'landscape'"):
        read_metadata(tmp_path / "one", Landscape)
    (tmp_path / "one" / "model.json").write_text("{")
    with pytest.raises(UserError, match="model.json is broken"):
        read_metadata(tmp_path / "one", Portrait)


@given(st.text(min_size=1), st.text(min_size=1))
def test_different_artists_have_different_safe_folders(first: str, second: str) -> None:
    assert set(slug(first)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert (slug(first) == slug(second)) == (first == second)
