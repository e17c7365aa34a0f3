"""Checks everything in Deploy/ that can be checked without running it. Started by scripts/check-deploy, which brings the
validators along. Every finding is listed; none is passed over because something is missing here.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

import jsonschema
import kubernetes_validate
import yaml

DEPLOY = pathlib.Path(__file__).resolve().parent
ROOT = DEPLOY.parent
sys.path[:0] = [str(DEPLOY / "kubernetes"), str(DEPLOY / "compose")]

import check_proxy  # noqa: E402
import render  # noqa: E402

SUFFIXES = ("_total", "_bucket", "_sum", "_count")
SECRETS_BY_FILE = {"DATABASE_URL", "RABBITMQ_URL", "REDIS_URL", "SECRET_KEY"}
# Variables with the prefix that are no settings, and names that are read with it only.
OTHERS = {"ISA", "CACHE_DIR", "MODEL_INDEX"}
NEVER_BARE = {"ENGINE", "MODELS", "ROLE", "THREADS"}
findings: list[str] = []


def report(finding: str) -> None:
    findings.append(finding)
    print(f"error: {finding}", flush=True)


def command(words: list[str], is_quiet: bool = False, **options) -> None:
    """Runs a validator; what it prints is the finding, also where it ends well but should have been quiet."""
    result = subprocess.run(words, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    if result.returncode != 0 or (is_quiet and result.stdout.strip()):
        report(f"{' '.join(words[:3])}: {result.stdout.strip()}")


# MARK: Container and compose


def check_dockerfile() -> None:
    command(["hadolint", str(DEPLOY / "docker/Dockerfile")])
    text = (DEPLOY / "docker/Dockerfile").read_text(encoding="utf-8")
    stages = re.split(r"^FROM ", text, flags=re.MULTILINE)
    for rule, wanted in {
        "a numeric user": r"^USER \d+:\d+$", "a health check": r"^HEALTHCHECK .*CMD \[", "SIGTERM": r"^STOPSIGNAL SIGTERM$",
        "an entry point without a shell": r"^ENTRYPOINT \[",
    }.items():
        if not re.search(wanted, stages[-1], re.MULTILINE):
            report(f"Dockerfile: the last stage lacks {rule}")
    if re.search(r"^FROM \S*:latest|^ARG \w+=[^:\s]+$", text, re.MULTILINE):
        report("Dockerfile: an image without a tag")
    for script in ("docker/entrypoint", "docker/runtime-packages", "compose/make-secrets"):
        command(["shellcheck", str(DEPLOY / script)])


def check_compose() -> None:
    """By the real parser, with secrets as they would be made."""
    path = DEPLOY / "compose/compose.yaml"
    # The package that brings compose along loses its exit status: what it says is a finding.
    command(["docker-compose", "--file", str(path), "config", "--quiet"], is_quiet=True)
    compose = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name, service in compose["services"].items():
        for key, value in (("read_only", True), ("cap_drop", ["ALL"]), ("security_opt", ["no-new-privileges:true"])):
            if service.get(key) != value:
                report(f"compose.yaml: '{name}' lacks {key}: {value}")
        if str(service.get("user", "0")).startswith(("0", "root")):
            report(f"compose.yaml: '{name}' runs as root")
        check_variables(f"compose.yaml: '{name}'", service.get("environment", {}) if "dragoman" in service["image"] else {})
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder) / "make-secrets"
        script.write_bytes((DEPLOY / "compose/make-secrets").read_bytes())
        command(["bash", str(script)])
        made = {f"secrets/{file.name}" for file in (pathlib.Path(folder) / "secrets").iterdir()}
        wanted = {secret["file"] for secret in compose["secrets"].values()}
        for name in sorted(wanted ^ made):
            report(f"compose.yaml and make-secrets differ about '{name}'")


def settings() -> set[str]:
    """The names of all settings, as variables."""
    text = (ROOT / "Sources/Bootstrap/Settings/Setting+All.swift").read_text(encoding="utf-8")
    return {name.upper() for name in re.findall(r"= Setting(?:<\w+>)?\.\w+\(\s*\"(\w+)\"", text)}


def check_variables(where: str, variables: dict) -> None:
    for name in variables:
        bare = name.removeprefix("DRAGOMAN_")
        plain = bare.removesuffix("_FILE")
        is_known = bare in settings() or (plain != bare and plain in SECRETS_BY_FILE)
        if not (is_known or bare in OTHERS or name == "SWIFT_BACKTRACE") or name in NEVER_BARE:
            report(f"{where} sets '{name}', which is no setting")


# MARK: Kubernetes


def check_kubernetes() -> None:
    schema = json.loads((DEPLOY / "kubernetes/schemas/scaledobject-keda-v1alpha1.json").read_text(encoding="utf-8"))
    for overlay in sorted((DEPLOY / "kubernetes/overlays").iterdir()):
        objects = render.render(overlay)
        for entry in objects:
            check_object(overlay.name, entry, schema)
        check_references(overlay.name, objects)
    for entry in render.load(DEPLOY / "kubernetes/secrets.example.yaml"):
        check_object("secrets.example.yaml", entry, schema)


def check_object(where: str, entry: dict, keda: dict) -> None:
    name = f"{where}: {entry['kind']} '{entry['metadata']['name']}'"
    if entry["apiVersion"] == "keda.sh/v1alpha1":
        for error in jsonschema.Draft202012Validator(keda).iter_errors(entry):
            report(f"{name}: {error.json_path}: {error.message}")
        return
    try:
        kubernetes_validate.validate(entry, "1.37", strict=True)
    except kubernetes_validate.ValidationError as error:
        report(f"{name}: {'.'.join(map(str, error.path))}: {error.message}")
    if entry["kind"] == "Deployment":
        check_pod(name, entry["spec"]["template"]["spec"])
    if entry["kind"] == "ConfigMap":
        check_variables(name, entry["data"])


def check_pod(name: str, pod: dict) -> None:
    """The rules of the namespace's pod security level `restricted`, and some of ours."""
    if not pod["securityContext"].get("runAsNonRoot") or pod["securityContext"]["seccompProfile"]["type"] != "RuntimeDefault":
        report(f"{name} may run as root, or without seccomp")
    for container in pod["containers"] + pod.get("initContainers", []):
        security = container["securityContext"]
        if security["allowPrivilegeEscalation"] or not security["readOnlyRootFilesystem"] \
                or security["capabilities"] != {"drop": ["ALL"]}:
            report(f"{name}: the container '{container['name']}' has more rights than it needs")
        if "memory" not in container["resources"]["limits"] or "cpu" not in container["resources"]["requests"]:
            report(f"{name}: the container '{container['name']}' lacks a limit of memory or a request for processors")
        mounts = {mount["name"] for mount in container["volumeMounts"]}
        if unknown := mounts - {volume["name"] for volume in pod["volumes"]}:
            report(f"{name}: the container '{container['name']}' mounts '{min(unknown)}', which is no volume")
    for container in pod["containers"]:
        if missing := {"livenessProbe", "readinessProbe", "startupProbe"} - set(container):
            report(f"{name}: the container '{container['name']}' lacks a {min(missing)}")


def check_references(overlay: str, objects: list[dict]) -> None:
    """What objects say about each other."""
    names = {(entry["kind"], entry["metadata"]["name"]) for entry in objects}
    templates = [entry["spec"]["template"]["metadata"]["labels"] for entry in objects if entry["kind"] == "Deployment"]
    for entry in objects:
        name = f"{overlay}: {entry['kind']} '{entry['metadata']['name']}'"
        spec = entry.get("spec", {})
        target = spec.get("scaleTargetRef")
        if target and (target.get("kind", "Deployment"), target["name"]) not in names:
            report(f"{name} scales '{target['name']}', which is not there")
        selector = spec.get("podSelector") or spec.get("selector") or {}
        labels = selector.get("matchLabels", selector if entry["kind"] == "Service" else {})
        if labels and not any(labels.items() <= template.items() for template in templates):
            report(f"{name} selects pods that are not there: {labels}")
        for rule in spec.get("rules", []) if entry["kind"] == "Ingress" else []:
            hidden = [path["pathType"] for path in rule["http"]["paths"] if path["path"] == "/metrics"]
            if hidden != ["Prefix"]:
                report(f"{name} does not keep the metrics from the world; expected a path '/metrics' of type 'Prefix'")
            for path in rule["http"]["paths"]:
                if ("Service", path["backend"]["service"]["name"]) not in names:
                    report(f"{name} leads to '{path['backend']['service']['name']}', which is not there")


# MARK: Monitoring


def check_monitoring() -> None:
    folder = DEPLOY / "monitoring"
    command(["promtool", "check", "rules", str(folder / "rules.yaml")])
    command(["promtool", "test", "rules", str(folder / "rules.test.yaml")], cwd=folder)
    rules = yaml.safe_load((folder / "rules.yaml").read_text(encoding="utf-8"))
    recorded = {rule["record"] for group in rules["groups"] for rule in group["rules"] if "record" in rule}
    alerts = {rule["alert"] for group in rules["groups"] for rule in group["rules"] if "alert" in rule}
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "Sources").rglob("*.swift"))
    exported = set(re.findall(r'"((?:dragoman|process)_[a-z_]+)"', sources))
    scaled = [*(DEPLOY / "kubernetes/overlays").rglob("*.yaml")]
    for path in [folder / "rules.yaml", folder / "rules.test.yaml", folder / "dashboard.json", *scaled]:
        text = path.read_text(encoding="utf-8")
        for name in sorted(set(re.findall(r"\b(?:dragoman|process)_[a-z_]+", text))):
            plain = next((name.removesuffix(suffix) for suffix in SUFFIXES if name.endswith(suffix)), name)
            is_external = name == "dragoman_jobs_present" and path in scaled
            if not {name, plain} & exported and not is_external:
                report(f"{path.name} uses the metric '{name}', which the server does not export")
        for name in sorted(set(re.findall(r"\bdragoman:[a-z0-9_:]+", text)) - recorded):
            report(f"{path.name} uses '{name}', which rules.yaml does not record")
    operations = (ROOT / "docs/OPERATIONS.md").read_text(encoding="utf-8")
    for name in sorted(alert for alert in alerts if alert not in operations):
        report(f"docs/OPERATIONS.md does not say what to do for '{name}'")
    json.loads((folder / "dashboard.json").read_text(encoding="utf-8"))


def main() -> None:
    for check in (check_dockerfile, check_compose, check_kubernetes, check_monitoring, check_proxy.check):
        print(f"{check.__module__}.{check.__name__}", flush=True)
        for finding in check() or []:
            report(finding)
    if findings:
        sys.exit(f"check-deploy: {len(findings)} finding(s)")
    print("check-deploy: clean")


if __name__ == "__main__":
    main()
