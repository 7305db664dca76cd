"""Parameters as YAML that reads back the same: the whole of a run's, and single values."""

from __future__ import annotations

from typing import Any

import yaml

from segnb.runs.knobs import block_name
from segnb.runs.parameters import Checked
from segnb.yaml_scalar import scalar

_HEADER = "# The parameters of a run, with relative days resolved and defaults filled in.\n"


def resolved_yaml(checked: Checked) -> str:
    """Return the parameters with nothing left open, always in the same order and form.

    Reading the text gives equal parameters again.
    """
    values = checked.parameters.model_dump(mode="json")
    values |= {block_name(notebook): knobs for notebook, knobs in checked.knobs.items()}
    return _HEADER + yaml.dump(
        values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=4096
    )


def flow_yaml(value: Any) -> str:
    """Return a value as it stands on one line of a params file, and is read back from there."""
    text = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=True, width=1e9
    )
    return text.removesuffix("...\n").strip()


class _Dumper(yaml.SafeDumper):
    """Writes what `yaml_file` reads back: no aliases, and quotes where a text looks like a number."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    try:
        style = None if isinstance(scalar(text), str) else "'"
    except ValueError:
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
