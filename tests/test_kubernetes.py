"""The Kubernetes manifests, as far as they can be checked without a Kubernetes.

The pods are read by the types of Kubernetes' own client. The schema of KubeRay's resources is in no package, so what
the manifests use of it is written down here, from its documentation.
"""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from kubernetes import client
from pydantic import BaseModel, ConfigDict, Field
from ray.serve.schema import ServeDeploySchema

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "kubernetes"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Pods(Strict):
    rayStartParams: dict[str, str]
    template: dict[str, Any]


class Head(Pods):
    serviceType: Literal["ClusterIP"]  # nothing is open to the outside


class Workers(Pods):
    groupName: str
    replicas: int = Field(ge=0)
    minReplicas: int = Field(ge=0)
    maxReplicas: int = Field(ge=1)


class AuthOptions(Strict):
    mode: Literal["token"]


class AutoscalerOptions(Strict):
    idleTimeoutSeconds: int


class ClusterSpec(Strict):
    rayVersion: str
    authOptions: AuthOptions
    enableInTreeAutoscaling: Literal[True]
    autoscalerOptions: AutoscalerOptions
    headGroupSpec: Head
    workerGroupSpecs: list[Workers]


class JobSpec(Strict):
    entrypoint: str
    shutdownAfterJobFinishes: bool
    ttlSecondsAfterFinished: int
    backoffLimit: int
    rayClusterSpec: ClusterSpec


class ServiceSpec(Strict):
    serveConfigV2: str
    rayClusterConfig: ClusterSpec


class Resource(Strict):
    apiVersion: Literal["ray.io/v1"]
    kind: Literal["RayCluster", "RayJob", "RayService"]
    metadata: dict[str, str]


class RayCluster(Resource):
    spec: ClusterSpec


class RayJob(Resource):
    spec: JobSpec


class RayService(Resource):
    spec: ServiceSpec


def read(name: str) -> dict[str, Any]:
    return yaml.safe_load((FOLDER / name).read_text())


def clusters() -> dict[str, ClusterSpec]:
    return {
        "cluster": RayCluster(**read("cluster.yaml")).spec,
        "job": RayJob(**read("job.yaml")).spec.rayClusterSpec,
        "service": RayService(**read("service.yaml")).spec.rayClusterConfig,
    }


def typed(value: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return what Kubernetes' client reads of a value of this type; fields that it does not know are not in it."""
    api = client.ApiClient()
    return api.sanitize_for_serialization(api.deserialize(json.dumps(value), kind, "application/json"))


@pytest.mark.parametrize("name", ["cluster", "job", "service"])
def test_pods_are_what_kubernetes_reads(name: str) -> None:
    spec = clusters()[name]
    assert spec.rayVersion == version("ray")
    assert spec.headGroupSpec.rayStartParams["num-cpus"] == "0"
    for group in (spec.headGroupSpec, *spec.workerGroupSpecs):
        assert typed(group.template, "V1PodTemplateSpec") == group.template
        [container] = group.template["spec"]["containers"]
        assert container["image"] == "REGISTRY/oeuvre:0.1.0"
        assert container["resources"]["requests"]["memory"] == container["resources"]["limits"]["memory"]
        assert [mount["mountPath"] for mount in container["volumeMounts"]] == ["/shared"]
    for group in spec.workerGroupSpecs:
        assert group.minReplicas <= group.replicas <= group.maxReplicas
        gpus = group.template["spec"]["containers"][0]["resources"]["limits"].get("nvidia.com/gpu")
        assert gpus == ("1" if group.groupName == "gpu" else None)


def test_storage_and_tracking_are_what_kubernetes_reads() -> None:
    documents = list(yaml.safe_load_all((FOLDER / "storage.yaml").read_text()))
    kinds = {"PersistentVolumeClaim": "V1PersistentVolumeClaim", "Deployment": "V1Deployment", "Service": "V1Service"}
    for document in documents:
        assert typed(document, kinds[document["kind"]]) == document
    names = {(document["kind"], document["metadata"]["name"]) for document in documents}
    [tracking] = {
        variable["value"]
        for spec in clusters().values()
        for variable in spec.headGroupSpec.template["spec"]["containers"][0]["env"]
        if variable["name"] == "MLFLOW_TRACKING_URI"
    }
    assert tracking == "http://oeuvre-mlflow:5000"
    assert {("Service", "oeuvre-mlflow"), ("PersistentVolumeClaim", "oeuvre-shared")} <= names


def test_the_job_names_a_job_and_paths_that_all_nodes_see() -> None:
    _, script, *options = RayJob(**read("job.yaml")).spec.entrypoint.split()
    assert (ROOT / Path(script).relative_to("/oeuvre")).is_file()
    assert all(path.startswith("/shared/") for path in options[1::2])


def test_the_service_has_the_deployments_of_its_own_config() -> None:
    told = ServeDeploySchema(**yaml.safe_load(RayService(**read("service.yaml")).spec.serveConfigV2))
    ours = ServeDeploySchema(**yaml.safe_load((ROOT / "serve" / "config.yaml").read_text()))
    [there], [here] = told.applications, ours.applications
    assert there.import_path == here.import_path
    assert [one.name for one in there.deployments] == [one.name for one in here.deployments]
    workers = RayService(**read("service.yaml")).spec.rayClusterConfig.workerGroupSpecs
    container = workers[0].template["spec"]["containers"][0]
    assert "OEUVRE_TOKEN" in {variable["name"] for variable in container["env"]}  # as it listens to all pods


def test_the_image_has_the_pinned_environment_and_all_code() -> None:
    recipe = (FOLDER / "Dockerfile").read_text()
    assert "pip install --system --no-cache --compile-bytecode -r requirements.txt" in recipe
    for folder in ("jobs", "lib", "serve", "tune_spaces"):
        assert f"COPY {folder} {folder}" in recipe
