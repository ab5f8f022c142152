"""Search spaces: Ray Tune expressions or plain values, by the name of the setting."""

from collections.abc import Mapping
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError
from ray.tune.search.sample import Categorical, Domain, Float, Integer

from lib.infra.cluster import cores_each, gpus
from lib.infra.constraints import requirement
from lib.infra.errors import UserError, did_you_mean

Settings = dict[str, Any]  # a value for each name of a space


def check_space(space: Mapping[str, Any], types: Mapping[str, Any]) -> None:
    """Raise UserError for a name that is not in `types`, or a value that is not of the type given there.

    The types carry the same constraints as the options of the command line, such as pydantic's PositiveInt.
    """
    for name, domain in space.items():
        if name not in types:
            raise UserError(f"the space names {name!r}, which is no setting; {did_you_mean(name, types)}")
        for value in values_of(domain):
            try:
                TypeAdapter(types[name]).validate_python(value, strict=not isinstance(value, list))
            except ValidationError as error:
                raise UserError(f"the space lets {name!r} be {value!r}; {requirement(error)}") from error


def types_of(recipe: type) -> dict[str, Any]:
    """Return the types of the fields of a dataclass with their constraints, by name."""
    return get_type_hints(recipe, include_extras=True)


def values_of(domain: Any) -> list[Any]:
    """Return the values that a Ray Tune expression can take, both ends of a range, or the plain value itself."""
    match domain:
        case Categorical():
            return list(domain.categories)
        case Integer():
            return [domain.lower, domain.upper - 1]
        case Float():
            return [domain.lower, domain.upper]
    return [domain]


def point_of(space: Mapping[str, Any], preferred: Mapping[str, Any]) -> Settings:
    """Return a value for each setting that is searched: the preferred one if the space has it, else its first."""
    return {
        name: preferred[name] if name in preferred and domain.is_valid(preferred[name]) else values_of(domain)[0]
        for name, domain in searched(space).items()
    }


def searched(space: Mapping[str, Any]) -> dict[str, Domain]:
    """Return the part of the space that is searched: all but the plain values."""
    return {name: domain for name, domain in space.items() if isinstance(domain, Domain)}


def with_tuples(settings: Mapping[str, Any]) -> Settings:
    """Return settings with tuples for lists, which is what JSON makes of tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()}


def trial_resources(*, trials_per_gpu: int) -> dict[str, float]:
    """Return the share of the cluster that one trial gets: one core, or an even share of a GPU and its cores."""
    if not gpus():
        return {"cpu": 1}
    cores = cores_each(gpus() * trials_per_gpu, per_gpu=trials_per_gpu)
    return {"cpu": cores, "gpu": 1 / trials_per_gpu}
