"""What the Python writers share: schemas, each with data that the same library writes for them, and data that it refuses."""

import json


class Cases:
    """The cases of one library, which refuses what `refuses` says of a value of JSON text."""

    def __init__(self):
        self.cases = []

    def add(self, name, schema, valid, invalid, refuses):
        """Adds a case: valid and invalid are JSON texts."""
        for text in invalid:
            assert refuses(text), f"{name}: the library takes {text}"
        for text in valid:
            assert not refuses(text), f"{name}: the library refuses {text}"
        self.cases.append({"name": name, "schema": schema, "valid": [*map(json.loads, valid)], "invalid": [*map(json.loads, invalid)]})

    def print(self):
        """Prints one case a line."""
        print("[\n" + ",\n".join(json.dumps(c, separators=(",", ":"), ensure_ascii=False) for c in self.cases) + "\n]")
