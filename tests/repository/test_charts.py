"""What runs in production: charts by Helm's engine, the compose file, the one Dockerfile."""

import re
import shutil
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import helm_python
import pytest
import yaml

from charts_lint import findings, lint, rendered
from local.settling import reads_of
from manifest_rules import CREDENTIALS_IN_URL, SECRET_NAME, rules_broken

ROOT = Path(__file__).resolve().parents[2]
SERVICES = {"targets", "monitoring", "evaluation", "results-application", "disclosure", "gateway"}

Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the charts with their dependencies built, which `lint` does in one of its own."""
    copy = tmp_path_factory.mktemp("helm") / "charts"
    shutil.copytree(ROOT / "charts", copy)
    for chart in [*sorted(SERVICES), "jixiao"]:
        helm_python.dependency_update(copy / chart, skip_refresh=True)
    return copy


@pytest.fixture(scope="module")
def manifests(charts: Path) -> list[Manifest]:
    """All manifests of the umbrella chart."""
    return rendered(charts / "jixiao")


def one(manifests: list[Manifest], kind: str, name: str) -> Manifest:
    """The manifest of that kind and name, to be changed at will."""
    found = [m for m in manifests if m["kind"] == kind and m["metadata"]["name"] == name]
    assert len(found) == 1
    return deepcopy(found[0])


def container(manifest: Manifest) -> Manifest:
    """The only container of a deployment or job."""
    containers: list[Manifest] = manifest["spec"]["template"]["spec"]["containers"]
    (found,) = containers
    return found


def test_all_charts_lint_render_and_pass_the_schemas(capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(ROOT / "charts") == 0
    printed = capsys.readouterr().out
    assert SERVICES | {"jixiao"} <= {line.split(":")[0] for line in printed.splitlines()}


@pytest.mark.parametrize(
    ("plant", "found"),
    [
        (lambda c, _: c["env"].append({"name": "PGPASSWORD", "value": "s3cret"}), "literal secret"),
        (
            lambda c, _: c["env"].append({"name": "X", "value": "postgresql://a:b@h/d"}),
            "literal password",
        ),
        (lambda _, p: p["securityContext"].update(runAsUser=0), "as root"),
        (lambda c, _: c["securityContext"].update(runAsUser=0), "as root"),
        (lambda c, _: c.pop("livenessProbe"), "no livenessProbe"),
        (lambda c, _: c["securityContext"].pop("readOnlyRootFilesystem"), "writable root"),
        (lambda c, _: c["resources"].pop("limits"), "memory"),
        (lambda c, _: c.update(image="jixiao/targets:latest"), "which one"),
        (lambda _, p: p.update(terminationGracePeriodSeconds=10), "P8.5"),
    ],
)
def test_control_a_planted_offender_is_found(
    manifests: list[Manifest], plant: Callable[[Manifest, Manifest], object], found: str
) -> None:
    deployment = one(manifests, "Deployment", "targets")
    assert list(rules_broken(deployment)) == []
    plant(container(deployment), deployment["spec"]["template"]["spec"])
    assert any(found in finding for finding in rules_broken(deployment))


@pytest.mark.parametrize(
    "values",
    [
        "service: { workloads: { main: { port: many } } }",
        "service: { replica: 3 }",
        "service: { workloads: { main: { outside: true } } }",
        "service: { workloads: { main: { keys: principal-keys-private } } }",
        "global: { image: { tag: latest } }",
    ],
)
def test_control_values_that_the_schema_forbids_do_not_render(charts: Path, values: str) -> None:
    with helm_python.Chart.load(charts / "targets") as chart:
        assert chart.render({})
        with pytest.raises(helm_python.HelmError, match="schema"):
            chart.render(yaml.safe_load(values))


def test_control_a_broken_manifest_is_found_by_the_kubernetes_schema(
    charts: Path, tmp_path: Path
) -> None:
    offender = tmp_path / "targets"
    shutil.copytree(charts / "targets", offender)
    (offender / "templates" / "bad.yaml").write_text(
        "apiVersion: v1\nkind: Service\nmetadata: { name: bad }\nspec: { prots: [] }\n",
        encoding="utf-8",
    )
    found, _, _ = findings(offender)
    assert any("prots" in finding for finding in found)


def test_p7_4_migrations_run_before_the_pods_and_alone_hold_their_login(
    manifests: list[Manifest],
) -> None:
    jobs = [m for m in manifests if m["kind"] == "Job"]
    assert {m["metadata"]["name"] for m in jobs} == {
        f"{name}-migrate" for name in SERVICES | {"disclosure-site"}
    }
    for job in jobs:
        assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
        assert container(job)["args"][-1] == "migrate"
    others = [m for m in manifests if m["kind"] != "Job"]
    assert "migrations-url" in yaml.safe_dump(jobs)
    assert "migrations-url" not in yaml.safe_dump(others)


def test_a5_only_the_gateway_holds_private_keys_and_p47_readers_reach_whom_they_hear(
    manifests: list[Manifest],
) -> None:
    holders = {
        m["metadata"]["name"]
        for m in manifests
        if m["kind"] == "Deployment" and "principal-keys-private" in yaml.safe_dump(m)
    }
    assert holders == {"gateway"}
    for service in SERVICES - {"gateway"}:
        readers = {
            source["podSelector"]["matchLabels"]["app.kubernetes.io/name"]
            for rule in one(manifests, "NetworkPolicy", service)["spec"]["ingress"]
            for source in rule["from"]
        }
        package = service.removesuffix("-application")
        hearing = {"disclosure-site"} if service == "disclosure" else {
            other for other in SERVICES - {"gateway"} if package in _heard_by(other)
        }  # fmt: skip
        assert readers == hearing | {"gateway"}
    identities = [
        volume["projected"]["sources"][1]["secret"]["name"]
        for m in manifests
        if m["kind"] == "Deployment"
        for volume in m["spec"]["template"]["spec"]["volumes"]
        if "projected" in volume
    ]
    assert len(set(identities)) == len(SERVICES) + 1


def _heard_by(service: str) -> set[str]:
    """The packages whose events a service hears."""
    return {read.split(".")[0] for read in reads_of(service.removesuffix("-application"))}


def test_every_peer_is_a_service_that_is_there(manifests: list[Manifest]) -> None:
    for service in SERVICES:
        env = container(one(manifests, "Deployment", service))["env"]
        (peers,) = [str(v["value"]) for v in env if v["name"] == "JIXIAO_PEERS"]
        named = dict(peer.split("=") for peer in peers.split(","))
        for name, address in named.items():
            host, port = address.split(":")
            assert (ROOT / "services" / host / "src" / "jixiao" / name).is_dir()
            ports = [p["port"] for p in one(manifests, "Service", host)["spec"]["ports"]]
            assert int(port) == ports[-1]
        assert service == "gateway" or set(named) == _heard_by(service)


def test_each_chart_is_one_include_and_each_service_has_one_of_every_kind() -> None:
    for service in SERVICES:
        templates = list((ROOT / "charts" / service / "templates").iterdir())
        assert [t.name for t in templates] == ["service.yaml"]
        assert templates[0].read_text().strip() == '{{ include "jixiao-service.all" . }}'
    assert [p.relative_to(ROOT).as_posix() for p in tracked("Dockerfile")] == ["deploy/Dockerfile"]


def tracked(name: str) -> list[Path]:
    """Files of that name outside of what is installed or generated."""
    skipped = {".venv", "node_modules", ".local", "build", ".git"}
    tops = [p for p in ROOT.iterdir() if p.is_dir() and p.name not in skipped]
    return sorted(p for top in tops for p in top.rglob(name) if not skipped & set(p.parts))


def test_compose_runs_the_same_processes_and_holds_no_secret() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    services = yaml.safe_load(text)["services"]
    assert CREDENTIALS_IN_URL.search(text) is None
    for name in SERVICES | {"disclosure-site"}:
        service, migration = services[name], services[f"{name}-migrate"]
        assert service["healthcheck"]["test"]
        assert service["stop_grace_period"] == "45s"
        assert service["read_only"]
        assert service["mem_limit"] == "512m"
        assert migration["command"][-1] == "migrate"
        assert service["depends_on"][f"{name}-migrate"] == {
            "condition": "service_completed_successfully"
        }
        for variable in service["environment"]:
            assert SECRET_NAME.search(variable) is None
    for secret in ("principal-keys-private", "factor-keys"):
        holders = [n for n, s in services.items() if secret in s.get("secrets", [])]
        assert holders == ["gateway"], secret


def test_p2_2_the_broker_syncs_every_message_to_disk() -> None:
    text = (ROOT / "deploy" / "nats.conf").read_text(encoding="utf-8")
    assert re.search(r"^\s*sync_interval: always$", text, re.MULTILINE)
    assert re.search(r"^\s*password: \$NATS_PASSWORD$", text, re.MULTILINE)


def test_the_image_runs_as_a_number_and_installs_only_what_is_hashed() -> None:
    text = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    final = text.split("\nFROM ")[-1]
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", final, re.MULTILINE)
    assert "--require-hashes -r requirements.lock" in text
    assert {"ARG SERVICE", "ARG PACKAGE"} <= set(final.splitlines())
