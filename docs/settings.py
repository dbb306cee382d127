"""Write the plugins' settings, as their code declares them, into meltano.yml and docs/settings.md.

`python docs/settings.py --check` writes nothing and fails when the files differ.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent
PLUGINS = {
    "tap-amazon-sp": ("extractors", "tap-amazon-sp"),
    "mapper-amazon-xero": ("mappers", "mapper-amazon-xero"),
    "target-xero": ("loaders", "target-xero"),
    "tap-xero": ("extractors", "tap-xero"),
    "mapper-xero-amazon": ("mappers", "mapper-xero-amazon"),
    "target-amazon-sp": ("loaders", "target-amazon-sp"),
}
# Settings that the Singer SDK adds to every plugin; they are left at its defaults.
BUILT_IN = frozenset(
    """
    add_record_metadata load_method batch_size_rows validate_records stream_maps
    stream_map_config faker_config flattening_enabled flattening_max_depth
    flattening_max_key_length flattening_key_separator flattening_custom_key_generator
    batch_config activate_version
    """.split()  # noqa: SIM905 - read as a list of words
)
BUILT_IN_STARTS = "flattening_"
# Of those, the ones that a plugin of ours gives a meaning of its own.
OWN = {("tap-amazon-sp", "batch_config")}
INTRODUCTION = """\
Written from the code by `make settings`. Each setting can be given in `meltano.yml`, or by an
environment variable named after plugin and setting: `TAP_AMAZON_SP_CLIENT_ID`,
`TARGET_XERO_API_URL`. Lists are JSON arrays: `'["A1F83G8C2ARO7P"]'`. The mappers take their two
from `MAPS_DIR` and `BOOKS_URL`. What tap-xero is not given it takes from target-xero, and
target-amazon-sp from tap-amazon-sp: credentials are written once.
"""
KINDS = {
    "boolean": "boolean",
    "integer": "integer",
    "number": "decimal",
    "array": "array",
    "object": "object",
}


def declared(executable: str) -> list[dict[str, Any]]:
    """Give the settings of a plugin as Meltano writes them, read from its `--about`."""
    command = [str(Path(sys.executable).parent / executable), "--about", "--format=json"]
    about = json.loads(subprocess.check_output(command, text=True))  # noqa: S603 - our own plugins
    settings = about["settings"]
    required = set(settings.get("required", ()))
    return [
        _setting(name, spec, required=name in required)
        for name, spec in settings["properties"].items()
        if (name not in BUILT_IN or (executable, name) in OWN)
        and not name.startswith("flattening_")
    ]


def _setting(name: str, spec: dict[str, Any], *, required: bool) -> dict[str, Any]:
    setting: dict[str, Any] = {"name": name}
    if spec.get("title"):
        setting["label"] = spec["title"]
    setting["description"] = spec["description"]
    kinds = spec["type"] if isinstance(spec["type"], list) else [spec["type"]]
    kind = KINDS.get(next(each for each in kinds if each != "null"), "string")
    if spec.get("enum"):
        kind = "options"
        setting["options"] = [{"label": each, "value": each} for each in spec["enum"] if each]
    if spec.get("format") in {"date-time", "date"}:
        kind = "date_iso8601"
    setting["kind"] = kind
    if spec.get("secret"):
        setting["sensitive"] = True
    if required:
        setting["required"] = True
    return setting


def settings_of(executable: str) -> list[dict[str, Any]]:
    """Give the settings as meltano.yml holds them; `required` is for the page alone."""
    return [
        {key: value for key, value in setting.items() if key != "required"}
        for setting in declared(executable)
    ]


def meltano_text() -> str:
    """Write meltano.yml anew with every plugin's settings, its comments kept."""
    yaml = YAML()
    yaml.width = 140
    yaml.indent(mapping=2, sequence=2, offset=0)
    project = yaml.load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    for executable, (kind, name) in PLUGINS.items():
        plugin = next(each for each in project["plugins"][kind] if each["name"] == name)
        plugin["settings"] = settings_of(executable)
    text = io.StringIO()
    yaml.dump(project, text)
    return text.getvalue()


def page_text() -> str:
    """Write docs/settings.md."""
    parts = [
        "# Settings\n",
        INTRODUCTION,
    ]
    for executable in PLUGINS:
        parts.append(f"\n## {executable}\n")
        parts.append("| setting | kind | what it is |\n|---|---|---|")
        for setting in declared(executable):
            marks = [
                word
                for word, shown in (
                    ("required", setting.get("required")),
                    ("secret", setting.get("sensitive")),
                )
                if shown
            ]
            kind = ", ".join([setting["kind"], *marks])
            parts.append(f"| `{setting['name']}` | {kind} | {setting['description']} |")
    return "\n".join(parts) + "\n"


def main(arguments: list[str]) -> int:
    """Write both files, or with --check compare them."""
    wanted = {ROOT / "meltano.yml": meltano_text(), ROOT / "docs" / "settings.md": page_text()}
    stale = [
        file
        for file, text in wanted.items()
        if not file.exists() or file.read_text(encoding="utf-8") != text
    ]
    if "--check" in arguments:
        for file in stale:
            print(f"{file.relative_to(ROOT)} differs from the code: run `make settings`")  # noqa: T201
        return 1 if stale else 0
    for file in stale:
        file.write_text(wanted[file], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
