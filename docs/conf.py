"""How Sphinx makes the documentation: `python -m sphinx -W docs OUTPUT`."""

import re
import sys

from docutils.nodes import Element, Node
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.domains.python import PyObject
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

import minidl
from minidl import aliases

project = "minidl"
author = "The minidl developers"
project_copyright = author
release = version = minidl.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
myst_heading_anchors = 4  # pages link to each other's headings
smartquotes_action = "D"  # dashes alone: "relu" is a string to copy
default_role = "py:obj"  # `Dense` in a docstring is a link

html_theme = "furo"  # its fonts are the reader's own, nothing is fetched
html_title = f"minidl {release}"
html_static_path = ["static"]
html_css_files = ["reference.css"]
html_show_copyright = False

autodoc_default_options = {
    "members": True,
    "special-members": "__call__",
    "member-order": "bysource",
}
autodoc_preserve_defaults = True
autodoc_typehints = "none"  # the arguments' descriptions say it in words
napoleon_use_ivar = True
napoleon_attr_annotations = False
python_maximum_signature_line_length = 76
toc_object_entries_show_parents = "hide"

LABEL = re.compile(r"[A-Z][a-z-]+: +(?=\S)")
TEXT = " " * 11  # before the lines below a label; a label is padded to as much
CODE = "    "
LINKED = {"class", "exception", "function", "method", "module"}


def show_formulas(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Make code of a docstring's formulas, "Forward:   y = x @ kernel" and so on."""
    shown: list[str] = []
    inside = False
    for line in lines:
        label = LABEL.match(line)
        padded = label is not None and label.end() == len(TEXT)
        formula = padded or (inside and line.startswith(TEXT))
        if formula and not inside:
            shown += ["", ".. code-block:: text", ""]
        elif inside and not formula:
            shown.append("")
        shown.append(CODE + line if formula else line)
        inside = formula
    lines[:] = [*shown, ""]


def hide_unknown(
    app: Sphinx,
    what: str,
    name: str,
    obj: object,
    options: object,
    signature: str | None,
    returned: str | None,
) -> tuple[str | None, str | None]:
    """Leave `**_unknown` out, which is there to refuse what it catches."""
    if signature:
        signature = re.sub(r"(, )?\*\*_unknown(?=\))", "", signature)
    return signature, returned


def skip_override(
    app: Sphinx, what: str, name: str, obj: object, skip: bool, options: object
) -> bool | None:
    """Skip a method that its base class describes already."""
    owner, _, method = getattr(obj, "__qualname__", "").rpartition(".")
    cls = getattr(sys.modules.get(getattr(obj, "__module__", "")), owner, None)
    if not isinstance(cls, type):
        return None
    bases = [base for base in cls.__mro__[1:] if not base.__name__.startswith("_")]
    return True if any(method in vars(base) for base in bases) else None


def link_short_name(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: Element
) -> Element | None:
    """Link a name without its module, such as `Dense`, where only one is meant."""
    if node.get("refdomain") != "py":
        return None
    objects = env.domains.python_domain.objects
    ending = "." + node["reftarget"]
    found = [
        name
        for name, there in objects.items()
        if name.endswith(ending) and there.objtype in LINKED and not there.aliased
    ]
    if len(found) != 1:
        return None
    there = objects[found[0]]
    return make_refnode(
        app.builder, node["refdoc"], there.docname, there.node_id, content, found[0]
    )


class Names(SphinxDirective):
    """`.. names:: losses` is the table of what strings mean there."""

    required_arguments = 1

    def run(self) -> list[Node]:
        """Return the table, a row for each class."""
        family = self.arguments[0]
        home = "layers" if family == "activations" else family
        meanings: dict[str, str] = getattr(aliases, family.upper())
        table = [".. list-table::", "   :header-rows: 1", ""]
        table += ["   * - Class", "     - As a string", f"     - Also in `{family}`"]
        for meant in dict.fromkeys(meanings.values()):
            strings = [name for name in meanings if meanings[name] == meant]
            second = [f"``{name}``" for name in strings if is_second(family, name)]
            table += [f"   * - :py:class:`~minidl.{home}.{meant}`"]
            table += [f"     - {', '.join(map(as_string, strings))}"]
            table += [f"     - {', '.join(second)}"]
        return self.parse_text_to_nodes("\n".join(table))


def is_second(family: str, name: str) -> bool:
    """Return whether a module has a class or function by a name not its own."""
    value = getattr(getattr(minidl, family), name, None)
    return callable(value) and value.__name__ != name


def as_string(name: str) -> str:
    """Return how the table shows a string, and what it says besides its class."""
    given = [f"{key}={value}" for key, value in aliases.ARGUMENTS.get(name, {}).items()]
    return f'``"{name}"``' + (f" (``{', '.join(given)}``)" if given else "")


def setup(app: Sphinx) -> None:
    """Connect the hooks above; formulas come before napoleon reads the sections."""
    for field in PyObject.doc_field_types:
        if field.name == "variable":
            field.label = "Attributes"  # as the docstrings say, not "Variables"
    app.add_directive("names", Names)
    app.connect("autodoc-process-docstring", show_formulas, priority=400)
    app.connect("autodoc-process-signature", hide_unknown)
    app.connect("autodoc-skip-member", skip_override)
    app.connect("missing-reference", link_short_name)
