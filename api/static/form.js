// Checks a form while it is filled in, as the server checks what is submitted, and offers the specification for copying.
import { offerCopies } from "./copy.js";

const CHECK_AFTER_MS = 500;
const form = document.querySelector("form[data-check]");
// Not `form.dataset`: a form has a field of that name.
const address = form && form.getAttribute("data-check");
const touched = new Set();
let timer = null;
let asked = 0;

async function check() {
  const mine = ++asked;
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(address, { method: "POST", body });
  if (!answer.ok || mine !== asked) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  let left = 0;
  for (const line of form.querySelectorAll(".error")) {
    const newer = fresh.getElementById(line.id);
    if (!newer) continue;
    if (!newer.hidden) left += 1;
    // A field that nobody has come to yet is not blamed for being empty.
    const shown = !newer.hidden && (touched.has(line.id) || !line.hidden);
    line.hidden = !shown;
    line.textContent = newer.textContent;
    const input = document.getElementById(line.id.replace(/^e-/, "f-"));
    if (input?.matches("input, select, textarea")) input.setAttribute("aria-invalid", String(shown));
  }
  document.getElementById("problem").hidden = true;
  document.getElementById("checked").textContent = left ? "" : "Ready to submit.";
  const copies = document.getElementById("copies");
  const open = copies.open;
  copies.innerHTML = fresh.getElementById("copies").innerHTML;
  copies.open = open;
  offerCopies(copies);
}

if (form) {
  form.addEventListener("input", (event) => {
    touched.add(`e-${event.target.name.replaceAll(".", "-")}`);
    clearTimeout(timer);
    timer = setTimeout(() => check().catch(() => {}), CHECK_AFTER_MS);
  });
  form.addEventListener("submit", () => form.querySelector("button.primary").setAttribute("aria-disabled", "true"));
  const first = form.querySelector('[aria-invalid="true"]');
  if (first) first.focus();
}
