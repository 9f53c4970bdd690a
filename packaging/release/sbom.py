"""What is in a package (CycloneDX): Python packages, models and what the pages bring along."""

import re
import tomllib
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

BOX = "classbox"
SPEC = SchemaVersion.V1_6
VENDORED = Path("appliance/screens/static/house/vendor")
"""Libraries that browsers run; a table in its README says which."""

VENDORED_ROW = re.compile(
    r"^\| `(?P<file>[^`]+)` \| \[(?P<name>[^\]]+)\]\([^)]+\) (?P<version>[\d.]+) [^|]*"
    r"\| (?P<licence>[\w.-]+) [^|]*\| `(?P<sha256>[0-9a-f]{64})` \|$",
    re.MULTILINE,
)


def sbom(site: Path, *, stamp: datetime) -> str:
    """Return the bill of materials of a ``site-packages`` folder as CycloneDX JSON.

    Args:
        site: Holds the wheels' contents, the box and its models.
        stamp: When it was built; the same folder and stamp give the same text.
    """
    bom = Bom()
    found = sorted(distributions(path=[str(site)]), key=lambda one: one.name.lower())
    parts = {one.name.lower(): _package(one) for one in found}
    box = parts.pop(BOX)
    box.type = ComponentType.APPLICATION
    models = list(_models(site / "optimized_models"))
    bom.metadata.component = box
    bom.metadata.timestamp = stamp.astimezone(UTC)
    vendored = list(_vendored(site / VENDORED))
    bom.components.update([*parts.values(), *models, *vendored])
    bom.register_dependency(box, [*parts.values(), *models, *vendored])
    text = "\n".join(str(one.purl or one.name) for one in bom.components)
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, f"{stamp.isoformat()}\n{text}")
    return make_outputter(bom, OutputFormat.JSON, SPEC).output_as_string(indent=1)


def _package(found: Distribution) -> Component:
    about = found.metadata
    name, version = about["Name"], about["Version"]
    # The short expression where there is one; some packages put a whole licence into the old field.
    licence = about["License-Expression"] or (about["License"] or "").partition("\n")[0]
    trove = [
        line.rpartition(" :: ")[2]
        for line in about.get_all("Classifier") or ()
        if line.startswith("License ::")
    ]
    return _component(
        ComponentType.LIBRARY,
        name,
        version,
        licence=licence or ", ".join(trove),
        purl=PackageURL("pypi", name=name.lower().replace("_", "-"), version=version),
    )


def _vendored(folder: Path) -> Iterator[Component]:
    """Yield what the pages bring along, with the hash of the file that is sent to browsers."""
    if not folder.is_dir():
        return
    for row in VENDORED_ROW.finditer((folder / "README.md").read_text(encoding="utf-8")):
        namespace, _, name = row["name"].rpartition("/")
        part = _component(
            ComponentType.LIBRARY,
            row["name"],
            row["version"],
            licence=row["licence"],
            purl=PackageURL("npm", namespace=namespace, name=name, version=row["version"]),
        )
        part.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=row["sha256"]))
        yield part


def _models(folder: Path) -> Iterator[Component]:
    """Yield a component per model, which holds one per file with the hash that the box checks."""
    for path in sorted(folder.glob("*/manifest.toml")):
        manifest = tomllib.loads(path.read_text(encoding="utf-8"))
        model = _component(
            ComponentType.MACHINE_LEARNING_MODEL,
            manifest["name"],
            manifest["version"],
            licence=manifest["licence"],
        )
        model.properties.add(Property(name="classbox:origin", value=manifest["origin"]))
        model.components.update(_files(path.parent, manifest))
        yield model


def _files(folder: Path, manifest: dict[str, Any]) -> Iterator[Component]:
    for entry in manifest["files"].values():
        hashes = {entry["path"]: entry["sha256"]}
        if "weights" in entry:
            hashes[entry["weights"]] = entry["weights_sha256"]
        for name, digest in hashes.items():
            part = _component(ComponentType.FILE, f"{folder.name}/{name}", manifest["version"])
            part.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=digest))
            yield part


def _component(
    kind: ComponentType,
    name: str,
    version: str,
    *,
    licence: str = "",
    purl: PackageURL | None = None,
) -> Component:
    # References from names, so that two builds write the same.
    reference = purl.to_string() if purl else f"{kind.value}:{name}@{version}"
    licences = [LicenseFactory().make_from_string(licence)] if licence else []
    return Component(
        type=kind, name=name, version=version, licenses=licences, purl=purl, bom_ref=reference
    )
