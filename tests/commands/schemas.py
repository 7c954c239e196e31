"""Holds documents to schemas: python schemas.py FOLDER_OF_SCHEMAS DOCUMENTS.

DOCUMENTS is a JSON object of lists of documents, by the names of their schemas. For each schema a line is printed. A schema
must refuse, too: what its documents are without a field that it requires, or with one more.
"""

import json
import sys
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource


def main() -> None:
    folder, documents = map(Path, sys.argv[1:])
    schemas = {
        path.name.removesuffix(".schema.json"): json.loads(path.read_text())
        for path in folder.glob("*.schema.json")
    }
    resources = [(schema["$id"], Resource.from_contents(schema)) for schema in schemas.values()]
    registry: Registry = Registry().with_resources(resources)
    for name, instances in json.loads(documents.read_text()).items():
        Draft202012Validator.check_schema(schemas[name])
        validator = Draft202012Validator(schemas[name], registry=registry)
        for instance in instances:
            check(name, validator, instance)
        print(f"{name}: {len(instances)}")


def check(name: str, validator: Draft202012Validator, instance: Any) -> None:
    for error in validator.iter_errors(instance):
        sys.exit(f"{name}: at {error.json_path}: {error.message}\n{json.dumps(instance)[:2000]}")
    if not isinstance(instance, dict):
        return
    if validator.is_valid(instance | {"a field that none has": 0}):
        sys.exit(f"{name}: a field that none has is taken")
    if validator.is_valid({}):
        sys.exit(f"{name}: an empty object is taken")


if __name__ == "__main__":
    main()
