// Shows times as people here have them, with their zone; without this module they are in UTC.
const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const zone = new Intl.DateTimeFormat(undefined, { timeZoneName: "short" });

function zoneOf(moment) {
  return zone.formatToParts(moment).find((part) => part.type === "timeZoneName").value;
}

export function localize(root = document) {
  for (const time of root.querySelectorAll("time[datetime]:not([data-local])")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    time.dataset.local = "";
    time.title = time.textContent;
    time.textContent = `${format.format(moment)} ${zoneOf(moment)}`;
  }
}

localize();
// Parts of a page are drawn anew while a job runs.
new MutationObserver(() => localize()).observe(document.querySelector("main"), { childList: true, subtree: true });
