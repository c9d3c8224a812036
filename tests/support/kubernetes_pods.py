"""Our pods as kustomize renders them: their containers, what those are given, and what their programs read."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic_settings import BaseSettings

from alerting.settings import Settings as Alerting
from events.runtime.configuration import SECRETS_DIR, ConsumerSettings, DatabaseSettings, KafkaSettings, variables
from ingest.settings import Settings as Ingest
from profile_sync.settings import Settings as ProfileSync
from scoring.settings import Settings as Scoring
from support.kustomize import Document, named, plain_name
from support.secret_keys import documented

SETTINGS: Mapping[str, type[KafkaSettings]] = {
    "ingest": Ingest,
    "scoring": Scoring,
    "alerting": Alerting,
    "profile_sync": ProfileSync,
}


OTHERS = {SECRETS_DIR, "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY"} | {
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
}
"""Read beside the settings: where secrets are, what asyncpg looks at as libpq does, and OpenTelemetry."""


class Pod(NamedTuple):
    """What a Deployment, a Job or a CronJob makes."""

    owner: str
    kind: str
    labels: Mapping[str, str]
    spec: Document


class Container(NamedTuple):
    """One of a pod; ``module`` and ``verb`` are what it runs."""

    pod: Pod
    name: str
    module: str
    verb: str
    spec: Document


def pods(documents: Iterable[Document]) -> list[Pod]:
    """Those of ours; operators make others."""
    return [
        Pod(each["metadata"]["name"], each["kind"], template["metadata"]["labels"], template["spec"])
        for each in documents
        if each["kind"] in ("Deployment", "Job", "CronJob")
        for template in (each["spec"].get("jobTemplate", each)["spec"]["template"],)
    ]


def containers(documents: Iterable[Document]) -> Iterator[Container]:
    for pod in pods(documents):
        for spec in (*pod.spec.get("initContainers", ()), *pod.spec["containers"]):
            python, dash_m, module, verb = spec["command"][:4]
            assert (python, dash_m) == ("python", "-m"), spec["command"]
            yield Container(pod, spec["name"], module, verb, spec)


def settings_of(container: Container) -> type[BaseSettings]:
    if container.verb in ("migrate", "wait"):
        return DatabaseSettings
    if container.verb == "doctor":
        return ConsumerSettings
    return SETTINGS.get(container.module, KafkaSettings)  # the command line is given what all services are


def environment(container: Container, documents: list[Document]) -> dict[str, str]:
    found: dict[str, str] = {}
    for source in container.spec.get("envFrom", ()):
        found |= _of_config_map(source["configMapRef"], documents)
    return found | {each["name"]: each["value"] for each in container.spec.get("env", ())}


def mounted(container: Container, documents: list[Document]) -> dict[str, dict[str, str | None]]:
    """Folder → file → its text; None where that is a secret."""
    volumes = {volume["name"]: volume for volume in container.pod.spec["volumes"]}
    return {
        mount["mountPath"]: dict(_files(volumes[mount["name"]], documents))
        for mount in container.spec.get("volumeMounts", ())
    }


def _files(volume: Document, documents: list[Document]) -> Iterator[tuple[str, str | None]]:
    for source in volume.get("projected", {}).get("sources", [volume]):
        if secret := source.get("secret"):
            name = secret.get("name", secret.get("secretName"))
            listed = [(item["path"], None) for item in secret.get("items", ())]
            yield from listed or [(key, None) for key in documented().get(name, ())]
        elif kept := source.get("configMap"):
            yield from _of_config_map(kept, documents)


def _of_config_map(kept: Document, documents: list[Document]) -> Iterable[tuple[str, str]]:
    name = plain_name(kept["name"])
    if name == kept["name"] and kept.get("optional"):
        return ()  # nobody made one
    data = named(documents, "ConfigMap", name)["data"]
    return [(item["path"], data[item["key"]]) for item in kept.get("items", ())] or data.items()


def unknown(documents: list[Document]) -> list[str]:
    """Variables, and files in the folder of secrets, that the program they are given to does not read."""
    found = []
    for container in containers(documents):
        given = environment(container, documents)
        strange = given.keys() - variables(settings_of(container)) - OTHERS
        files = mounted(container, documents).get(given.get(SECRETS_DIR, ""), {})
        known = variables(SETTINGS.get(container.module) or settings_of(container))
        strange |= {name for name in files if name.isupper()} - known.keys()
        found += [f"{container.pod.owner}/{container.name}: {name}" for name in sorted(strange)]
    return found


def laid_out(
    container: Container, documents: list[Document], folder: Path, secrets: Mapping[str, str]
) -> dict[str, str]:
    """The container's files, made under ``folder``, and its environment with the paths of these."""
    found = mounted(container, documents)
    places = {mount: str(folder / mount.strip("/").replace("/", "-")) for mount in found}
    for mount, files in found.items():
        Path(places[mount]).mkdir()
        for name, text in files.items():
            Path(places[mount], name).parent.mkdir(exist_ok=True)
            Path(places[mount], name).write_text(secrets[name] if text is None else _moved(text, places))
    return {name: _moved(value, places) for name, value in environment(container, documents).items()}


def _moved(text: str, places: Mapping[str, str]) -> str:
    return re.sub("|".join(map(re.escape, places)), lambda found: places[found.group()], text)


def probes(documents: list[Document]) -> list[tuple[str, Any]]:
    """(name, path) of each probe of each container."""
    kinds = ("startupProbe", "livenessProbe", "readinessProbe")
    return [
        (f"{container.pod.owner} {kind}", container.spec[kind]["httpGet"]["path"])
        for container in containers(documents)
        for kind in kinds
        if kind in container.spec
    ]
