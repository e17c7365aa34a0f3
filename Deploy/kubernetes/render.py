"""Renders an overlay as `kubectl kustomize` would, for checks on machines without it.

Knows what this folder's kustomizations use, and refuses the rest: `resources`, `namespace`, `labels` with pairs (without
selectors), `configMapGenerator` with `envs` (with a hash in the name, and references that follow it) and `images`. The
hash is not kustomize's own, so that names differ from a cluster's.

    python3 Deploy/kubernetes/render.py Deploy/kubernetes/overlays/keda
"""

import hashlib
import pathlib
import sys

import yaml

KNOWN = {"apiVersion", "kind", "namespace", "labels", "resources", "configMapGenerator", "images"}
CLUSTER_WIDE = {"Namespace"}


class RenderError(Exception):
    """A kustomization that cannot be rendered, worded for whoever wrote it."""


def render(folder: pathlib.Path) -> list[dict]:
    """Every object of the kustomization in the folder."""
    path = folder / "kustomization.yaml"
    kustomization = yaml.safe_load(path.read_text(encoding="utf-8"))
    if unknown := set(kustomization) - KNOWN:
        raise RenderError(f"'{path}' uses '{min(unknown)}', which is not known here")
    objects = []
    for resource in kustomization.get("resources", []):
        source = folder / resource
        objects += render(source) if source.is_dir() else load(source)
    renamed = {}
    for generator in kustomization.get("configMapGenerator", []):
        config_map = generate(folder, generator)
        renamed[generator["name"]] = config_map["metadata"]["name"]
        objects.append(config_map)
    for entry in objects:
        rename(entry, renamed)
        set_images(entry, kustomization.get("images", []))
        if "namespace" in kustomization and entry["kind"] not in CLUSTER_WIDE:
            entry["metadata"]["namespace"] = kustomization["namespace"]
        for label in kustomization.get("labels", []):
            entry["metadata"].setdefault("labels", {}).update(label["pairs"])
    return objects


def load(path: pathlib.Path) -> list[dict]:
    return [entry for entry in yaml.safe_load_all(path.read_text(encoding="utf-8")) if entry]


def generate(folder: pathlib.Path, generator: dict) -> dict:
    """A ConfigMap of files of NAME=value lines."""
    if set(generator) != {"name", "envs"}:
        raise RenderError(f"the generator '{generator.get('name')}' has other keys than name and envs")
    data = {}
    for name in generator["envs"]:
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                key, _, value = line.partition("=")
                data[key] = value
    digest = hashlib.sha256(repr(sorted(data.items())).encode()).hexdigest()[:10]
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"{generator['name']}-{digest}"}, "data": data}


def rename(value: object, renamed: dict[str, str]) -> None:
    """Has references to generated ConfigMaps follow their names."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("configMapRef", "configMapKeyRef", "configMap") and inner.get("name") in renamed:
                inner["name"] = renamed[inner["name"]]
            rename(inner, renamed)
    elif isinstance(value, list):
        for inner in value:
            rename(inner, renamed)


def set_images(value: object, images: list[dict]) -> None:
    """Replaces the images' short names."""
    if isinstance(value, dict):
        for image in images:
            if value.get("image") == image["name"]:
                value["image"] = f"{image.get('newName', image['name'])}:{image['newTag']}"
        for inner in value.values():
            set_images(inner, images)
    elif isinstance(value, list):
        for inner in value:
            set_images(inner, images)


class Plain(yaml.SafeDumper):
    """Without anchors, which kustomize does not write either."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: render.py FOLDER")
    try:
        objects = render(pathlib.Path(sys.argv[1]))
    except (RenderError, OSError, yaml.YAMLError) as error:
        sys.exit(f"error: {error}")
    yaml.dump_all(objects, sys.stdout, Dumper=Plain, sort_keys=False)


if __name__ == "__main__":
    main()
