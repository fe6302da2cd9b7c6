"""Writes model files as Keras 2 wrote them, from models of this Keras: no file of others is needed."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import keras

VERSION = "2.4.0"
# Arguments that Keras 2 wrote and this Keras has dropped.
_DROPPED: dict[str, dict[str, Any]] = {
    "DepthwiseConv2D": {"groups": 1},
    "SeparableConv2D": {"groups": 1, "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": None}}},
    "BatchNormalization": {"renorm": False, "fused": None, "virtual_batch_size": None},
    "RandomRotation": {"value_range": [0, 255], "implementation": 1},
}


def as_keras_2(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration of a model, without modules, with calls as lists and arguments of old."""
    name = {"Functional": "Model"}.get(config["class_name"], config["class_name"])
    inner = dict(config["config"])
    if "layers" in inner:
        inner["layers"] = [_layer(each, inner["layers"]) for each in inner["layers"]]
    for ends in ("input_layers", "output_layers"):
        if ends in inner:
            value = inner[ends]
            inner[ends] = [
                _counted(each, inner["layers"]) for each in ([value] if isinstance(value[0], str) else value)
            ]
    return {"class_name": name, "config": inner}


def save_h5(model: keras.Model, path: Path) -> None:
    """What ``model.save("model.h5")`` of Keras 2 wrote."""
    model.save(path)
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        file.attrs["model_config"] = json.dumps(as_keras_2(config))
        file.attrs["keras_version"] = VERSION


def edit_keras(model: keras.Model, path: Path, change: Any, *, version: str) -> None:
    """A ``.keras`` file whose configuration was changed, with the version of another Keras."""
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    change(config)
    members["config.json"] = json.dumps(config).encode()
    members["metadata.json"] = json.dumps({"keras_version": version}).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def _layer(layer: dict[str, Any], beside: list[dict[str, Any]]) -> dict[str, Any]:
    kind, config = layer["class_name"], {**layer["config"], **_DROPPED.get(layer["class_name"], {})}
    if "batch_shape" in config:
        config["batch_input_shape"] = config.pop("batch_shape")
        config.pop("optional", None)
    if kind == "BatchNormalization":
        config["axis"] = [3]
    if isinstance(config.get("dtype"), dict):
        config["dtype"] = config["dtype"]["config"]["name"]
    changed = as_keras_2(layer) if "layers" in config else {"class_name": kind, "config": config}
    if "inbound_nodes" in layer:
        changed |= {"name": layer["name"], "inbound_nodes": [_node(node, beside) for node in layer["inbound_nodes"]]}
    return changed


def _node(node: Any, beside: list[dict[str, Any]]) -> list[Any]:
    if isinstance(node, list):
        return [[*_counted(each[:3], beside), *each[3:]] for each in node]
    arguments = node["args"][0] if isinstance(node["args"][0], list) else node["args"]
    return [[*_counted(each["config"]["keras_history"], beside), {}] for each in arguments]


def _counted(place: Any, beside: list[dict[str, Any]]) -> list[Any]:
    """Keras 2 counted the call that built a nested model as well."""
    name, node, tensor = place
    models = {each.get("name") for each in beside if each["class_name"] in {"Functional", "Model", "Sequential"}}
    return [name, node + (name in models), tensor]
