// Tells the raw values of all maps under the pointer, and the likeliest classes.

/** Watches the pointer over the pictures of a viewer. */
export function followPointer(viewer, line, panels) {
  const top = likeliest();
  viewer.addEventListener("pointermove", (event) => {
    const picture = event.target.closest(".picture");
    if (!picture) return;
    const box = picture.getBoundingClientRect();
    const across = (event.clientX - box.left) / box.width;
    const down = (event.clientY - box.top) / box.height;
    if (across < 0 || across >= 1 || down < 0 || down >= 1) return;
    const told = panels.map((panel) => [panel, panel.at(down, across)]).filter(([, found]) => found);
    line.textContent = [...told.map(inWords), ...top].join(" · ");
    line.title = line.textContent;
  });
}

// The five likeliest classes; where two jobs stand side by side, two of each.
function likeliest() {
  const tables = [...document.querySelectorAll("[data-top]")];
  return tables.flatMap((table) => {
    const rows = [...table.tBodies[0].rows].slice(0, tables.length > 1 ? 2 : 5);
    const classes = rows.map((row) => `${row.cells[0].textContent.trim()} ${row.cells[1].textContent.trim()}`);
    return table.dataset.top ? [`${table.dataset.top}: ${classes.join(", ")}`] : classes;
  });
}

function inWords([panel, { value, share, row, column, height, width }]) {
  const side = panel.figure.dataset.side;
  const which = `${panel.title}${panel.key.endsWith(":contrast") ? " (contrast)" : ""}${side ? `, ${side}` : ""}`;
  return `${which} ${number(value)} (${Math.round(100 * share)} % of its largest; row ${row + 1} of ${height}, column ${column + 1} of ${width})`;
}

function number(value) {
  return value === 0 ? "0" : String(Number(value.toPrecision(3)));
}
