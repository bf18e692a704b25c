"""Makes the resources that resources.json names, each in the way that is written there.

A form is how a program can write a resource: by the SDK's class with Args or with dicts, by its type token. A value is
written as it is, or comes from the stack's configuration, or as an output: a secret, or what is not known before
another resource is there.
"""

import collections.abc
import importlib
import inspect
import json
import types
import typing
from pathlib import Path

import pulumi
from pulumi import _types

WAY = "$way"
config = pulumi.Config()


def live(value):
    """The value with its outputs."""
    if isinstance(value, list):
        return [live(item) for item in value]
    if not isinstance(value, dict):
        return value
    if WAY not in value:
        return {key: live(item) for key, item in value.items()}
    return output(value)


def output(value):
    """What is written as an output."""
    way, of = value[WAY], value.get("of")
    if way == "secret config":
        return config.require_secret(value["key"])
    known = live(value["value"])
    if way == "secret":
        return pulumi.Output.secret(known)
    if way == "secret later":
        return pulumi.Output.secret(made.get(of, store).id.apply(lambda _: known))
    return made.get(of, store).id.apply(lambda _: known)


class NoFormError(Exception):
    """The SDK has no words for it."""


def of_sdk(token):
    """The SDK's class of a type, and that of its arguments."""
    package, module, name = token.split(":")
    folder = module.partition("/")[0] if package in ("aws", "gcp") else module.replace("/", ".")
    try:
        there = importlib.import_module(f"pulumi_{package.replace('-', '_')}.{folder}")
        resource = getattr(there, name)
    except (ImportError, AttributeError) as error:
        raise NoFormError(token) from error
    own = inspect.getmodule(resource)
    return resource, getattr(own, f"{name}InitArgs", None) or getattr(own, f"{name}Args")


def arguments(kind, properties, form):
    """The properties under Python's names, what lies in them as the form has it."""
    names = {wire: name for name, wire in _types.input_type_py_to_pulumi_names(kind).items()}
    if not properties.keys() <= names.keys():
        raise NoFormError(", ".join(properties.keys() - names.keys()))
    hints = _types.input_type_types(kind)
    return {names[wire]: typed(value, hints.get(wire), form) for wire, value in properties.items()}


def typed(value, hint, form):
    """A value as the form has it: nested Args, or dicts under Python's names."""
    if isinstance(value, dict) and WAY in value:
        typed(value.get("value"), hint, form)  # refuses what the SDK would
        return output(value)
    if not isinstance(value, dict | list):
        return value
    kinds = list(plain(hint))
    for kind in kinds:
        if isinstance(value, dict) and isinstance(kind, type) and _types.is_input_type(kind):
            made_of = arguments(kind, value, form)
            return kind(**made_of) if form == "args" else made_of
        if isinstance(value, list) and is_of(kind, collections.abc.Sequence):
            return [typed(item, typing.get_args(kind)[0], form) for item in value]
        if isinstance(value, dict) and is_of(kind, collections.abc.Mapping):
            return {key: typed(item, typing.get_args(kind)[1], form) for key, item in value.items()}
    if typing.Any in kinds:
        return live(value)
    raise NoFormError(f"{value!r} is none of {kinds}")


def plain(hint):
    """The types that a hint allows, without Input, Optional and such around them."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        for each in typing.get_args(hint):
            yield from plain(each)
    elif hint is not None:
        yield hint


def is_of(kind, generic):
    """Whether a hint is a list or a map of something."""
    return typing.get_origin(kind) is generic and bool(typing.get_args(kind))


def make(entry):
    """The resource in the form that is asked for, or in that which the SDK has no say in."""
    properties, form = entry["properties"], entry["form"]
    if entry["config"]:
        properties = {**properties, **config.require_object(entry["config"])}
    options = {
        "provider": provider(entry),
        "parent": groups[entry["parent"]] if entry["parent"] else None,
        "protect": entry["protect"],
        "aliases": [pulumi.Alias(name=name) for name in entry["aliases"]],
        "ignore_changes": entry["ignore_changes"],
        "depends_on": [made[name] for name in entry["depends_on"]],
    }
    if form != "token":
        try:
            resource, kind = of_sdk(entry["type"])
            written = arguments(kind, properties, form)
            done = resource(entry["name"], **written, opts=pulumi.ResourceOptions(**options))
            return done, form
        except (NoFormError, TypeError):
            pass
    options["version"] = entry["version"]
    written = pulumi.ResourceOptions(**options)
    return pulumi.CustomResource(entry["type"], entry["name"], live(properties), written), "token"


providers = {}


def provider(entry):
    """The provider with the settings that a resource is to have them from; None for the default one."""
    settings, package = entry["provider"], entry["type"].partition(":")[0]
    key = json.dumps([package, settings], sort_keys=True)
    if settings is not None and key not in providers:
        name, options = f"{package}-{len(providers)}", pulumi.ResourceOptions(version=entry["version"])
        providers[key] = pulumi.ProviderResource(package, name, live(settings), options)
    return providers.get(key)


entries = json.loads(Path("resources.json").read_text(encoding="utf-8"))
store = pulumi.CustomResource("azure-native:resources:ResourceGroup", "store", {"location": "westeurope"})
names = dict.fromkeys(entry["parent"] for entry in entries if entry["parent"])
groups = {name: pulumi.ComponentResource("fixtures:index:Group", name) for name in names}
made, forms = {}, collections.Counter()
for one in entries:
    made[one["name"]], form = make(one)
    forms[form] += 1
pulumi.export("forms", dict(forms))
