"""What a manifest of ours must hold beyond Kubernetes' schema; used by `charts_lint`.

Secrets by reference only, no root, a read-only file system, probes, memory limits (P8.6), enough
time to stop (P8.5), and an image that says which one it is.
"""

import re
from collections.abc import Iterator
from typing import Any

SECRET_NAME = re.compile(
    r"PASSWORD|SECRET|TOKEN|CREDENTIAL|ACCESS_KEY|PRIVATE_KEY|DATABASE_URL|NATS_URL"
)
CREDENTIALS_IN_URL = re.compile(r"://[^/@\s]*:[^/@\s]+@")
PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
STOPPING_SECONDS = 45

Node = dict[str, Any]


def rules_broken(manifest: Node) -> Iterator[str]:
    """Each rule that a manifest breaks, as one sentence."""
    if manifest["kind"] == "Secret":
        yield "a chart carries no secret: name one that the operator makes"
    for text in _texts(manifest):
        if CREDENTIALS_IN_URL.search(text):
            yield "a literal password in an address: take it from a secret"
    pod = manifest.get("spec", {}).get("template", {}).get("spec")
    if pod is None:
        return
    yield from _pod_rules(pod)
    for container in [*pod.get("initContainers", []), *pod["containers"]]:
        for finding in _container_rules(container):
            yield f"{container['name']}: {finding}"
    if manifest["kind"] == "Deployment":
        yield from _serving_rules(pod)


def _pod_rules(pod: Node) -> Iterator[str]:
    security = pod.get("securityContext", {})
    if security.get("runAsNonRoot") is not True or not security.get("runAsUser"):
        yield "may run as root: runAsNonRoot and a numeric runAsUser above 0"
    if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "no seccomp profile"
    if pod.get("automountServiceAccountToken") is not False:
        yield "mounts a token of the cluster that it does not need"
    if any(pod.get(name) for name in ("hostNetwork", "hostPID", "hostIPC")):
        yield "shares the host's network or processes"


def _container_rules(container: Node) -> Iterator[str]:
    security = container.get("securityContext", {})
    if security.get("runAsUser") == 0 or security.get("runAsNonRoot") is False:
        yield "runs as root"
    if security.get("readOnlyRootFilesystem") is not True:
        yield "writable root file system"
    if security.get("allowPrivilegeEscalation") is not False or security.get("privileged"):
        yield "may gain privileges"
    if security.get("capabilities", {}).get("drop") != ["ALL"]:
        yield "keeps capabilities"
    resources = container.get("resources", {})
    if "memory" not in resources.get("limits", {}) or "memory" not in resources.get("requests", {}):
        yield "no memory request or limit"
    if re.search(r":(?!latest$)[^/:]+$|@sha256:", container["image"]) is None:
        yield f"image {container['image']} does not say which one it is"
    for variable in container.get("env", []):
        if "value" in variable and SECRET_NAME.search(variable["name"]):
            yield f"{variable['name']} holds a literal secret: use secretKeyRef"


def _serving_rules(pod: Node) -> Iterator[str]:
    for container in pod["containers"]:
        for probe in PROBES:
            if probe not in container:
                yield f"{container['name']}: no {probe}"
    if pod.get("terminationGracePeriodSeconds", 30) < STOPPING_SECONDS:
        yield f"killed before it has drained: {STOPPING_SECONDS} s (P8.5)"


def _texts(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)
