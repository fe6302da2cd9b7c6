// Sends a model, or the pictures of a folder, that were chosen or dropped, and says how far it is.
import { send, sendPicture } from "./sent_file.js";

const AT_ONCE = 4;
const SHOWN = 5;

async function entriesOf(entry, path = "") {
  if (entry.isFile) {
    const file = await new Promise((done, fail) => entry.file(done, fail));
    return [{ file, path: path + file.name }];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (!some.length) return found;
    for (const each of some) found.push(...await entriesOf(each, `${path}${entry.name}/`));
  }
}

async function dropped(event) {
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
  return (await Promise.all(entries.map((entry) => entriesOf(entry)))).flat();
}

function shown(area) {
  const bar = area.querySelector("progress");
  const line = area.querySelector("[role=status]");
  return (share, text) => {
    bar.hidden = false;
    bar.value = share;
    line.textContent = text;
    return line;
  };
}

async function sendModel(area, files) {
  const show = shown(area);
  const { file } = files[0];
  const found = await send("POST", "/v1/uploads", file, (sent) => show(sent / file.size, `${file.name}: ${Math.round(100 * sent / file.size)} %`));
  show(1, `${file.name} is there.`);
  location.href = `/new/import?upload=${found.upload}`;
}

function refusedText(refused) {
  if (!refused.length) return "";
  const more = refused.length > SHOWN ? `; and ${refused.length - SHOWN} more` : "";
  return `; ${refused.length} ${refused.length === 1 ? "was" : "were"} refused: ${refused.slice(0, SHOWN).join("; ")}${more}`;
}

function addressOf(name, path) {
  return `/v1/datasets/${[...name.split("/"), ...path.split("/")].map(encodeURIComponent).join("/")}`;
}

// Sends several at a time, until none waits or one failure ends it; a picture that is refused ends nothing.
async function sendEach(waiting, name, show) {
  const total = waiting.length;
  const refused = [];
  let done = 0;
  let failure = null;
  const work = async () => {
    for (let each = waiting.pop(); each && !failure; each = waiting.pop()) {
      try {
        const why = await sendPicture(addressOf(name, each.path), each.file);
        if (why === null) done += 1;
        else refused.push(`${each.path}: ${why}`);
      } catch (error) {
        failure ??= error;
      }
      show((done + refused.length) / total, `${done} of ${total} pictures`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { done, refused, failure };
}

async function sendPictures(area, files) {
  const show = shown(area);
  const folder = document.getElementById("folder-name");
  if (!folder.reportValidity()) return;
  const suffixes = area.dataset.suffixes.split(" ");
  const pictures = files.filter((each) => suffixes.some((suffix) => each.path.toLowerCase().endsWith(suffix)));
  if (!pictures.length) throw new Error("there is no picture among these files");
  // The folder that was chosen is the data set: its own name is not part of the paths, unless it is the only class.
  const parts = pictures.map((each) => each.path.split("/"));
  const inOne = parts.every((each) => each.length > 1 && each[0] === parts[0][0]) && parts.some((each) => each.length > 2);
  const waiting = pictures.map((each, place) => ({ ...each, path: parts[place].slice(inOne ? 1 : 0).join("/") }));
  const name = area.dataset.prefix + folder.value;
  const { done, refused, failure } = await sendEach(waiting, name, show);
  if (failure) throw new Error(`${failure.message}; ${done} of ${pictures.length} pictures are there`);
  const left = files.length - pictures.length;
  const line = show(1, `${done} pictures are there${left ? `; ${left} other files were left out` : ""}${refusedText(refused)}. `);
  for (const kind of done ? ["preview", "train"] : []) {
    const link = document.createElement("a");
    link.href = `/new/${kind}?dataset=${encodeURIComponent(`store:datasets/${name}`)}`;
    link.textContent = kind === "train" ? "Train on them" : "Look at them";
    line.append(link, " ");
  }
}

const SENDERS = { model: sendModel, pictures: sendPictures };
for (const area of document.querySelectorAll("[data-upload]")) {
  const start = async (files) => {
    const chosen = await files;
    if (chosen.length) await SENDERS[area.dataset.upload](area, chosen);
  };
  const failed = (error) => shown(area)(0, `Not sent: ${error.message}`);
  // Files are sent as soon as they are chosen.
  area.querySelector("[type=submit]").hidden = true;
  area.querySelector("[data-drop]").hidden = false;
  area.addEventListener("submit", (event) => event.preventDefault());
  area.querySelector("[type=file]").addEventListener("change", (event) => {
    const chosen = [...event.target.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
    // The same folder can then be chosen again, once its name is right.
    const wrong = area.querySelector("input:not([type=file]):invalid");
    if (!wrong) return void start(chosen).catch(failed);
    event.target.value = "";
    wrong.reportValidity();
  });
  area.addEventListener("dragover", (event) => { event.preventDefault(); area.classList.add("over"); });
  area.addEventListener("dragleave", () => area.classList.remove("over"));
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    area.classList.remove("over");
    start(dropped(event)).catch(failed);
  });
}
