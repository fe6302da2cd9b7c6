"""What axe finds on a page, light or dark, on a desk or on a phone."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

Found = list[tuple[str, str, str]]
"""Of each rule that is broken: its name, the first element that breaks it, and what mends that."""

_AXE = Axe()
_FOUND = """
  .then((found) => found.violations.map(({ id, nodes: [first] }) => [id, first.html, first.failureSummary]))"""
# What axe tells of the elements that break no rule takes longer than to look at them.
_QUICKLY = 'resultTypes: ["violations"], selectors: false'
_ALL_BUT_CONTRAST = f"""() => axe
  .run({{ rules: {{ "color-contrast": {{ enabled: false }} }}, {_QUICKLY} }}){_FOUND}"""
# Contrast follows from what an element and those around it look like, and takes axe milliseconds an element.
_CONTRAST = f"""() => {{
  const looks = new Map();
  const shown = new Map();
  const walk = (element, around) => {{
    const style = getComputedStyle(element);
    const told = [
      around, element.localName, String(element.className), (element.control ?? element).disabled,
      style.color, style.backgroundColor, style.backgroundImage, style.opacity, style.fontSize, style.fontWeight,
      style.position, style.textShadow,
    ].join("|");
    if (!looks.has(told)) looks.set(told, looks.size);
    const look = looks.get(told);
    const read = element.matches("input, select, textarea")
      || [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.nodeValue.trim());
    if (read && !shown.has(look) && element.checkVisibility({{ visibilityProperty: true }})) shown.set(look, element);
    for (const child of element.children) walk(child, look);
  }};
  walk(document.body, "");
  return axe
    .run({{ include: [...shown.values()] }}, {{ runOnly: ["color-contrast"], {_QUICKLY} }}){_FOUND};
}}"""


def load_axe(page: Page) -> None:
    """Bring axe onto a page that was opened."""
    page.evaluate(_AXE.axe_script)


def broken_rules(page: Page) -> Found:
    """The rules that the page breaks, without that of contrast."""
    return [(rule, element, why) for rule, element, why in page.evaluate(_ALL_BUT_CONTRAST)]


def too_pale(page: Page) -> Found:
    """The elements that break the rule of contrast; of elements that look alike, one is checked."""
    return [(rule, element, why) for rule, element, why in page.evaluate(_CONTRAST)]
