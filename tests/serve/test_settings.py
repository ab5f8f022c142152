"""Settings from environment variables, and those that are refused at the start."""

import pytest

from lib.infra.errors import UserError
from serve.settings import Settings, read_settings


def test_settings_come_from_the_environment() -> None:
    settings = read_settings({"OEUVRE_FILES": "7", "OEUVRE_TOKEN": "x", "OEUVRE_MODELS": "champion", "HOME": "/"})
    assert settings == Settings(files=7, token="x", models="champion")
    for value in ("0", "-1", "many", "nan"):
        with pytest.raises(UserError, match="OEUVRE_QUEUE"):
            read_settings({"OEUVRE_QUEUE": value})


def test_variables_of_kubernetes_are_no_settings() -> None:
    read_settings({"OEUVRE_SERVICE_HOST": "10.0.0.1", "OEUVRE_PORT": "tcp://10.0.0.1:80", "OEUVRE_PORT_80_TCP": "tcp:"})


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"OEUVRE_FILE": "7"}, "OEUVRE_FILE sets nothing; did you mean OEUVRE_FILES"),
        ({"OEUVRE_FILES": "1001"}, "OEUVRE_FILES is '1001'; set it to a positive number of at most 1000"),
        ({"OEUVRE_FILE_MIB": "600", "OEUVRE_REQUEST_MIB": "600"}, "at most 512"),
        ({"OEUVRE_FILE_MIB": "64", "OEUVRE_REQUEST_MIB": "32"}, "OEUVRE_FILE_MIB is 64, which OEUVRE_REQUEST_MIB, 32"),
        ({"OEUVRE_REQUEST_MIB": "32", "OEUVRE_UPLOADS_MIB": "31"}, "OEUVRE_REQUEST_MIB is 32"),
    ],
)
def test_a_limit_that_would_have_no_effect_is_refused(variables: dict[str, str], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        read_settings(variables)
