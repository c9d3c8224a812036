// Keeps a board fresh. Without it the page reloads itself.
"use strict";

const SILENCE = 15000; // milliseconds without a sign of life: the connection is dead, whatever the browser thinks
const AGAIN = 3000;
const OLD = 120; // seconds: then what is shown is said to be old

const live = document.getElementById("live");
const status = document.getElementById("status");
const statusText = document.getElementById("status-text");
let source = null;
let heard = 0;

function say(state, text) {
  if (status.dataset.state === state && statusText.textContent === text) return;
  status.dataset.state = state;
  statusText.textContent = text;
}

function show(html) {
  const focused = document.activeElement?.id;
  const open = [...live.querySelectorAll("details[open]")].map((each) => each.id);
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const id of open) page.getElementById(id)?.setAttribute("open", "");
  const onSummary = document.activeElement?.tagName === "SUMMARY" ? document.activeElement.parentElement.id : null;
  live.replaceChildren(...page.body.childNodes);
  if (onSummary) document.querySelector(`#${onSummary} > summary`)?.focus({ preventScroll: true });
  else if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function listen() {
  close();
  heard = Date.now();
  source = new EventSource(live.dataset.live);
  source.addEventListener("board", (event) => {
    heard = Date.now();
    show(event.data);
    say("live", "Live");
  });
  source.addEventListener("beat", (event) => {
    heard = Date.now();
    const told = JSON.parse(event.data);
    if (told.edition !== document.body.dataset.edition) location.reload();
    if (told.age > OLD) say("old", "Connected, but the numbers are old");
    else say("live", "Live");
  });
  source.addEventListener("error", () => {
    say("old", "Not connected: the numbers are old");
    if (source.readyState === EventSource.CLOSED) refused();
  });
}

// Refused rather than cut off: the session may have ended, or a new version may be there. Loading the page tells.
async function refused() {
  close();
  try {
    const answer = await fetch(location.href, { method: "HEAD" });
    if (answer.redirected) return location.reload();
  } catch {
    // still away
  }
  setTimeout(listen, AGAIN);
}

function close() {
  source?.close();
  source = null;
}

setInterval(() => {
  if (source && Date.now() - heard > SILENCE) {
    say("old", "Not connected: the numbers are old");
    listen();
  }
}, 1000);

// A page nobody sees holds no connection: browsers allow six to a server.
document.addEventListener("visibilitychange", () => (document.hidden ? close() : listen()));
if (!document.hidden) listen();
