// Adds the lines of a job's log as they come, while the log is open.
const log = document.querySelector("[data-log]");

function lineOf(line) {
  const fields = Object.entries(line.fields).map(([name, value]) => `${name}=${value}`);
  return [`${line.at.slice(0, 19).replace("T", " ")}Z`, line.level, line.step, line.event, ...fields, line.worker].join(" ");
}

function follow() {
  const lines = log.querySelector("pre");
  const events = new EventSource(`${log.dataset.log}?after=${log.dataset.after}`);
  events.addEventListener("line", (event) => {
    const atEnd = lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 8;
    lines.append(`${lineOf(JSON.parse(event.data))}\n`);
    log.dataset.after = event.lastEventId;
    if (atEnd) lines.scrollTop = lines.scrollHeight;
  });
  events.addEventListener("end", () => events.close());
  return events;
}

if (log) {
  let events = null;
  log.addEventListener("toggle", () => {
    if (log.open) events = follow();
    else if (events) events.close();
    const lines = log.querySelector("pre");
    lines.scrollTop = lines.scrollHeight;
  });
}
