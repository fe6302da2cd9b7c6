// Sends one file to the API, and says in words why it is not taken.

// Others may be taken although these answers refuse one picture: it is too large, or its name is none.
const OF_ONE_PICTURE = [413, 422];
// A quota of requests has room again after so long; what takes longer is another quota.
const LONGEST_PAUSE_S = 60;
// Requests are this far apart also where the answer asks for no pause.
const LEAST_PAUSE_S = 1;

class Refusal extends Error {
  constructor(request) {
    let detail = `status ${request.status}`;
    try { detail = JSON.parse(request.responseText).detail; } catch { /* no problem details */ }
    super(detail);
    this.status = request.status;
    const after = Number.parseInt(request.getResponseHeader("Retry-After"), 10);
    this.pauseS = request.status === 429 && after <= LONGEST_PAUSE_S ? Math.max(after, LEAST_PAUSE_S) : null;
  }
}

export function send(method, address, file, progressed) {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open(method, address);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    // Who is logged in has a token in the forms of the page.
    const token = document.querySelector('[name="csrf_token"]');
    if (token) request.setRequestHeader("X-CSRF-Token", token.value);
    request.upload.addEventListener("progress", (event) => progressed(event.loaded));
    request.addEventListener("load", () => {
      if (request.status < 300) return done(request.responseText ? JSON.parse(request.responseText) : null);
      return fail(new Refusal(request));
    });
    request.addEventListener("error", () => fail(new Error("the connection broke off")));
    request.send(file);
  });
}

// Waits while a quota of requests is used up; gives the reason why this one picture is not taken, or null.
export async function sendPicture(address, file) {
  for (;;) {
    try {
      await send("PUT", address, file, () => {});
      return null;
    } catch (error) {
      if (OF_ONE_PICTURE.includes(error.status)) return error.message;
      if (typeof error.pauseS !== "number") throw error;
      await new Promise((done) => setTimeout(done, error.pauseS * 1000));
    }
  }
}
