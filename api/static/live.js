// Shows what becomes of jobs while they run, in the table of jobs and on the page of one.
import { refreshParts } from "./parts.js";

const LIST_EVERY_MS = 2000;
const PARTS_EVERY_MS = 4000;
const OVER = ["succeeded", "completed_with_errors", "failed", "cancelled"];

function text(value) {
  if (value === null || value === undefined) return "–";
  return Math.abs(value) < 1000 ? String(+value.toPrecision(3)) : Math.round(value).toLocaleString("en");
}

function duration(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

function message(progress) {
  const parts = [progress.message];
  if (progress.rate_per_s) parts.push(`${text(progress.rate_per_s)} ${progress.unit}/s`);
  if (progress.eta_s !== null) parts.push(`about ${duration(progress.eta_s)} to go`);
  return parts.filter(Boolean).join(" · ");
}

// Shows a job in whatever fields its row or page has.
function show(element, job) {
  const { progress, state } = job;
  const badge = element.querySelector("[data-state]");
  if (badge) {
    badge.textContent = state.replaceAll("_", " ");
    badge.className = `state state-${state}`;
  }
  const paused = element.querySelector("[data-paused]");
  if (paused) paused.hidden = !job.turn?.pause;
  const finished = state === "succeeded" || state === "completed_with_errors";
  const fraction = progress.total ? Math.min(progress.done / progress.total, 1) : 0;
  const bar = element.querySelector("[data-bar]");
  if (bar) bar.value = finished ? 1 : fraction;
  const failed = progress.failed ? `, ${progress.failed} failed` : "";
  const counted = progress.total ? `${text(progress.done)} / ${text(progress.total)} ${progress.unit}` : "";
  const count = element.querySelector("[data-count]");
  if (count) count.textContent = `${counted}${failed}`;
  const line = element.querySelector("[data-message]");
  if (line) line.textContent = OVER.includes(state) ? "" : message(progress);
}

async function refreshList(list) {
  if (document.hidden) return;
  const answer = await fetch(list.dataset.liveList);
  if (!answer.ok) return;
  const jobs = (await answer.json()).items;
  const rows = new Map([...list.querySelectorAll("[data-job]")].map((row) => [row.dataset.job, row]));
  // A new page would lose what was ticked or typed.
  const busy = list.querySelector(":checked") || document.activeElement.matches("input, select, textarea");
  // A job that came, or that is no longer as the table asks.
  if (!busy && (rows.size !== jobs.length || jobs.some((job) => !rows.has(job.id)))) location.reload();
  for (const job of jobs) if (rows.has(job.id)) show(rows.get(job.id), job);
}

// A new page would lose what somebody writes; it comes when that is saved.
function isWriting(page) {
  const fields = [...page.querySelectorAll("#remarks input, #remarks textarea")];
  return fields.some((field) => field.value !== field.defaultValue);
}

function watch(page) {
  const events = new EventSource(page.dataset.liveJob);
  let done = null;
  let refreshed = 0;
  events.addEventListener("snapshot", (event) => {
    const job = JSON.parse(event.data);
    show(page, job);
    if (OVER.includes(job.state)) {
      events.close();
      if (isWriting(page)) refreshParts().catch(() => {});
      else location.reload();
      return;
    }
    // Curves and images come with whole epochs and images; the trials of a sweep move all the time.
    // The stages move on their own.
    const moved = job.kind === "sweep" ? job.progress.done : Math.floor(job.progress.done);
    const now = `${moved} ${job.state} ${job.progress.stage}`;
    if (now !== done && Date.now() - refreshed > PARTS_EVERY_MS) {
      done = now;
      refreshed = Date.now();
      refreshParts().catch(() => {});
    }
  });
}

const list = document.querySelector("[data-live-list]");
if (list) setInterval(() => refreshList(list).catch(() => {}), LIST_EVERY_MS);
const page = document.querySelector("[data-live-job]");
if (page) watch(page);
