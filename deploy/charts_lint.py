"""Lint every chart, render it with Helm's own engine and check what comes out: `make lint`.

Helm 4's engine comes as a library in the wheel `helm-python-sdk`, Kubernetes' JSON schemas in
`kubernetes-validate`; no helm, docker or cluster is needed. The charts are copied first: building
their dependencies writes into them. One line per chart; exits 1 on any finding.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import helm_python
import kubernetes_validate  # type: ignore[import-untyped]
import yaml

from manifest_rules import rules_broken

ROOT = Path(__file__).resolve().parent.parent
CHARTS = ROOT / "charts"
KUBERNETES = ("1.29", "1.37")  # kubeVersion of the charts, and the newest schemas there are
INFORMATION = 1  # helm lint's severities: 1 information, 2 warning, 3 error

Manifest = dict[str, Any]


def chart_order(charts: Path) -> list[Path]:
    """All charts under `charts`, a chart after those that it depends on by `file://`."""
    ordered: list[Path] = []

    def visit(chart: Path) -> None:
        if chart in ordered:
            return
        described = yaml.safe_load((chart / "Chart.yaml").read_text(encoding="utf-8"))
        for needed in described.get("dependencies", []):
            visit((chart / needed["repository"].removeprefix("file://")).resolve())
        ordered.append(chart)

    for found in sorted(charts.resolve().glob("*/Chart.yaml")):
        visit(found.parent)
    return ordered


def rendered(chart: Path) -> list[Manifest]:
    """The manifests of a chart with its own values.

    Raises: helm_python.HelmError where values break a schema or a template fails.
    """
    with helm_python.Chart.load(chart) as loaded:
        if loaded.metadata.get("type") == "library":
            return []
        texts = loaded.render({}, name="jixiao", namespace="jixiao")
    return [
        document
        for path, text in texts.items()
        if path.endswith(".yaml")
        for document in yaml.safe_load_all(text)
        if document is not None
    ]


def schema_findings(manifest: Manifest) -> Iterator[str]:
    """Where a manifest breaks the schema of the oldest or the newest Kubernetes supported."""
    for version in KUBERNETES:
        try:
            kubernetes_validate.validate(manifest, version, strict=True)
        except kubernetes_validate.ValidationError as broken:
            where = "/".join(str(part) for part in broken.path)
            yield f"Kubernetes {version}: {where}: {broken.message}"


def is_known(manifest: Manifest) -> bool:
    """Whether Kubernetes itself defines the kind; an operator's kinds carry no schema here."""
    try:
        kubernetes_validate.validate(manifest, KUBERNETES[-1], strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        return False
    except kubernetes_validate.ValidationError:
        return True
    return True


def findings(chart: Path) -> tuple[list[str], list[Manifest], list[str]]:
    """Lint and render one chart, its dependencies built: findings, manifests, unchecked kinds."""
    report = helm_python.lint(chart, {}, strict=True)
    found = [
        f"{message['path']}: {message['error']}"
        for message in report["messages"]
        if message["severity"] != INFORMATION
    ]
    try:
        manifests = rendered(chart)
    except (helm_python.HelmError, yaml.YAMLError) as failure:
        return [*found, str(failure)], [], []
    unknown = sorted({m["kind"] for m in manifests if not is_known(m)})
    for manifest in manifests:
        name = f"{manifest['kind']} {manifest['metadata']['name']}"
        if manifest["kind"] not in unknown:
            found += [f"{name}: {finding}" for finding in schema_findings(manifest)]
        found += [f"{name}: {finding}" for finding in rules_broken(manifest)]
    return found, manifests, unknown


def lint(charts: Path) -> int:
    """Check all charts of a folder, a line for each; the number of findings."""
    total = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "charts"
        shutil.copytree(charts, copy)
        for chart in chart_order(copy):
            if "dependencies" in (chart / "Chart.yaml").read_text(encoding="utf-8"):
                helm_python.dependency_update(chart, skip_refresh=True)
            found, manifests, unknown = findings(chart)
            total += len(found)
            without = f", no schema for {', '.join(unknown)}" if unknown else ""
            print(f"{chart.name}: {len(manifests)} manifests{without}, {len(found)} findings")
            for finding in found:
                print(f"  {finding}")
    return total


def main() -> None:
    """Lint the charts of the repository or of the folder given."""
    charts = Path(sys.argv[1]) if len(sys.argv) > 1 else CHARTS
    sys.exit(1 if lint(charts) else 0)


if __name__ == "__main__":
    main()
