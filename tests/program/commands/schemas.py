"""Holds documents to schemas: python schemas.py FOLDER_OF_SCHEMAS DOCUMENTS.

DOCUMENTS is a JSON object of lists of documents, by the names of their schemas. For each schema a line is printed. A
schema must refuse, too: an object in a document with one more field, and one without a field that is not in OPTIONAL.
And every field that a schema has must be in a document.
"""

import copy
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

# Fields that are not always there.
EPOCH = {"accuracy", "finished"} | {
    f"{images}_{figure}" for images in ("validation", "test") for figure in ("loss", "accuracy")
}
OPTIONAL = {
    "common": set(),
    "run": {"init", "best_epoch", "started", "patience", "commit"},
    "epoch": EPOCH,
    "checkpoint-header": {"started", "labels_from", "patience"} | EPOCH,
    "compare": {"init", "best_epoch", "started", "patience", "commit"} | EPOCH,
    "predict": {"truth"},
}

# What the documents here have no occasion for: no clone, other labels.
UNSEEN = {"commit", "labels_from"}

# Of equal entries in a list, so many are tried.
TRIED = 2


def main() -> None:
    folder, documents = map(Path, sys.argv[1:])
    schemas = {
        path.name.removesuffix(".schema.json"): json.loads(path.read_text())
        for path in folder.glob("*.schema.json")
    }
    resources = [(schema["$id"], Resource.from_contents(schema)) for schema in schemas.values()]
    registry: Registry = Registry().with_resources(resources)
    seen: set[str] = set()
    for name, instances in json.loads(documents.read_text()).items():
        Draft202012Validator.check_schema(schemas[name])
        validator = Draft202012Validator(schemas[name], registry=registry)
        for instance in instances:
            check(name, validator, instance)
            seen |= {field for place in objects(instance) for field in at(instance, place)}
        print(f"{name}: {len(instances)}")
    # A test of torch-twin-cli sees all that it can have.
    own = [schema for name, schema in schemas.items() if name != "diff"]
    unseen = {field for schema in own for field in properties(schema)} - seen - UNSEEN
    if unseen:
        sys.exit(f"no document has {', '.join(sorted(unseen))}")


def check(name: str, validator: Draft202012Validator, instance: Any) -> None:
    for error in validator.iter_errors(instance):
        sys.exit(f"{name}: at {error.json_path}: {error.message}\n{json.dumps(instance)[:2000]}")
    for place in objects(instance):
        fields = at(instance, place)
        # A map of names that are data, as the stages of fingerprints.json.
        if place and place[-1] == "sha256":
            continue
        changed = copy.deepcopy(instance)
        at(changed, place)["a field that none has"] = 0
        if validator.is_valid(changed):
            sys.exit(f"{name}: at {place}: a field that none has is taken")
        for field in fields.keys() - OPTIONAL.get(name, set()):
            changed = copy.deepcopy(instance)
            del at(changed, place)[field]
            if validator.is_valid(changed):
                sys.exit(f"{name}: at {place}: {field} may be missing")


def objects(value: Any, place: tuple = ()) -> Iterator[tuple]:
    """Where in a document there is an object."""
    if isinstance(value, dict):
        yield place
        for key, inner in value.items():
            yield from objects(inner, (*place, key))
    if isinstance(value, list):
        for index, inner in enumerate(value[:TRIED]):
            yield from objects(inner, (*place, index))


def at(value: Any, place: tuple) -> Any:
    for key in place:
        value = value[key]
    return value


def properties(schema: Any) -> Iterator[str]:
    """The names of all fields in a schema."""
    if isinstance(schema, dict):
        for key, inner in schema.items():
            if key == "properties":
                yield from inner
            yield from properties(inner)
    if isinstance(schema, list):
        for inner in schema:
            yield from properties(inner)


if __name__ == "__main__":
    main()
