"""How ``make docs`` builds the site: the pages of the repository, and a reference of six packages.

The source folder is the root of the repository, so that a link works there as it does on GitHub.
"""

import re
from typing import Any

project = "Florescope"
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**"]
exclude_patterns = [".*", "var", "bench"]
extensions = ["myst_parser", "sphinx.ext.napoleon", "autoapi.extension"]
html_theme = "furo"
html_title = "Florescope"
html_show_copyright = False
html_copy_source = False
# Every page carries the contents of all others: with each function in it, the build takes twice as long.
toc_object_entries = False
# The first page lies in a folder; this is the one that leads there.
html_extra_path = ["site"]

# Links such as training.md#calibration work as on GitHub.
myst_heading_anchors = 3

# Sources are read, never imported: the site needs no TensorFlow.
autoapi_dirs = ["florescope", "jobs", "ml", "drawing", "store", "dispatch"]
autoapi_root = "docs/reference"
autoapi_add_toctree_entry = False
autoapi_options = ["members", "undoc-members", "show-inheritance", "show-module-summary"]
autoapi_member_order = "groupwise"
napoleon_use_ivar = True
# Two modules may each have a name of their own such as `Images`; a signature links to the first.
# Constants that are assigned several at once (`A, B = ...`) are not followed into other modules.
suppress_warnings = ["ref.python", "autoapi.python_import_resolution"]


def as_meant(_app: Any, _kind: str, _name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
    """Let |x| be an absolute value and not a substitution, and ``n``th a word, as docstrings mean them."""

    def escaped(found: re.Match[str]) -> str:
        literal, letter = found.groups()
        return r"\|" if literal is None else literal + (rf"\ {letter}" if letter else "")

    lines[:] = re.sub(r"(``[^`]+``)(\w?)|\|", escaped, "\n".join(lines)).split("\n")


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", as_meant)
