// Enables what can be done with the jobs that are ticked, and ticks all between two with the shift key.
const form = document.querySelector("[data-selection]");
let last = null;

function show() {
  const ticked = form.querySelectorAll('[name="job"]:checked').length;
  for (const button of form.querySelectorAll('[name="action"]')) {
    button.disabled = button.value === "compare" ? ticked !== 2 : ticked === 0;
  }
}

if (form) {
  const boxes = [...form.querySelectorAll('[name="job"]')];
  form.addEventListener("click", (event) => {
    const box = event.target;
    if (!boxes.includes(box)) return;
    if (event.shiftKey && last) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
      for (const each of boxes.slice(from, to + 1)) each.checked = box.checked;
    }
    last = box;
    show();
  });
  show();
}
