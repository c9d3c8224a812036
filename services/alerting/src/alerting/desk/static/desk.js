// Keeps the clocks running and the page fresh, and reads the keyboard. The pages work without it.
"use strict";

const main = document.getElementById("main");
const byId = (id) => document.getElementById(id);

// Clocks --------------------------------------------------------------------------------------------------------------

const skew = Date.parse(document.body.dataset.now) - Date.now();
const SOON = 1800000;

function span(milliseconds) {
  let left = Math.floor(Math.abs(milliseconds) / 1000);
  if (left < 60) return `${left} s`;
  const parts = [[86400, "d"], [3600, "h"], [60, "min"]].map(([size, unit]) => {
    const number = Math.floor(left / size);
    left -= number * size;
    return number ? `${number} ${unit}` : "";
  });
  return parts.filter(Boolean).slice(0, 2).join(" ");
}

function tick() {
  const now = Date.now() + skew;
  for (const clock of document.querySelectorAll("[data-clock]")) {
    const left = Date.parse(clock.dateTime) - now;
    const due = clock.dataset.clock === "due";
    const text = due ? `${span(left)} ${left < 0 ? "overdue" : "left"}` : `${span(left)} ago`;
    if (clock.textContent !== text) clock.textContent = text;
    if (!due) continue;
    clock.classList.toggle("overdue", left < 0);
    clock.classList.toggle("soon", left >= 0 && left < SOON && !clock.classList.contains("paused"));
  }
}
setInterval(tick, 1000);

// Fresh parts ---------------------------------------------------------------------------------------------------------

const SILENCE = 25000; // milliseconds without a sign of life: the connection is dead, whatever the browser thinks
const AGAIN = 3000;
let source = null;
let heard = 0;
let asking = false;
let askAgain = false;

function say(state, text) {
  const status = byId("status");
  if (!status || (status.dataset.state === state && status.textContent === text)) return;
  status.dataset.state = state;
  status.textContent = text;
}

const changed = (field) =>
  field.type === "radio" || field.type === "checkbox"
    ? field.checked !== field.defaultChecked
    : field.tagName === "SELECT"
      ? [...field.options].some((each) => each.selected !== each.defaultSelected) &&
        field.selectedIndex !== [...field.options].findIndex((each) => each.defaultSelected) &&
        field.selectedIndex !== 0
      : field.type !== "hidden" && field.value !== field.defaultValue;

// What somebody is typing is never taken from under their hands, nor what they typed into a form that was refused.
const inUse = (part) =>
  "keep" in part.dataset ||
  [...part.querySelectorAll("input, select, textarea")].some((field) => changed(field) || field === document.activeElement);

function replace(part, fresh) {
  if (part.innerHTML === fresh.innerHTML) return false;
  for (const open of part.querySelectorAll("details[open][id]")) {
    fresh.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute("open", "");
  }
  part.replaceChildren(...fresh.childNodes);
  return true;
}

function show(page) {
  const active = document.activeElement;
  const focused = active?.id || (active?.tagName === "SUMMARY" ? `${active.parentElement.id} > summary` : "");
  const before = byId("tally")?.dataset.news ?? byId("head")?.dataset.news;
  let kept = false;
  for (const part of main.querySelectorAll("[data-part]")) {
    const fresh = page.getElementById(part.id);
    if (!fresh) part.remove();
    else if (!inUse(part)) {
      replace(part, fresh);
      part.className = fresh.className;
      if (fresh.dataset.news) part.dataset.news = fresh.dataset.news;
    } else if (version(part) !== version(fresh)) kept = true;
  }
  for (const fresh of page.querySelectorAll("#main [data-part]")) {
    if (!byId(fresh.id)) return location.assign(main.dataset.self); // a part that was not here before
  }
  document.title = page.title;
  if (focused && document.activeElement === document.body) {
    document.querySelector(focused.includes(" ") ? `#${focused}` : `#${CSS.escape(focused)}`)?.focus({ preventScroll: true });
  }
  const after = byId("tally")?.dataset.news ?? byId("head")?.dataset.news;
  if (kept) byId("news").textContent = "Somebody changed this case. What you are typing is kept.";
  else if (after && after !== before) byId("news").textContent = after;
  byId("kept")?.remove();
  if (kept) warn();
  tick();
}

const version = (part) => part.querySelector("[name=version]")?.value;

function warn() {
  const said = document.createElement("p");
  said.id = "kept";
  said.className = "banner";
  said.textContent = "Somebody changed this case meanwhile: see above and the timeline. What you are typing is kept.";
  byId("steps")?.prepend(said);
}

async function refresh() {
  if (asking) return void (askAgain = true);
  asking = true;
  try {
    do {
      askAgain = false;
      const answer = await fetch(main.dataset.self);
      if (answer.redirected) return location.reload();
      if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } while (askAgain);
  } catch {
    say("away", "Not connected: what you see may be old");
  } finally {
    asking = false;
  }
}

function listen() {
  close();
  heard = Date.now();
  source = new EventSource(main.dataset.live);
  for (const name of ["changed", "beat"]) {
    source.addEventListener(name, (event) => {
      heard = Date.now();
      say("live", "Live");
      if (event.data !== document.body.dataset.edition && ![...main.querySelectorAll("[data-part]")].some(inUse)) location.reload();
      else if (name === "changed") refresh();
    });
  }
  source.addEventListener("over", () => location.reload());
  source.addEventListener("error", () => {
    say("away", "Not connected: what you see may be old");
    if (source?.readyState === EventSource.CLOSED) refused();
  });
}

// Refused rather than cut off: the session may have ended. Asking for the page tells.
async function refused() {
  close();
  await refresh();
  setTimeout(listen, AGAIN);
}

function close() {
  source?.close();
  source = null;
}

if (main.dataset.live) {
  setInterval(() => {
    if (source && Date.now() - heard > SILENCE) {
      say("away", "Not connected: what you see may be old");
      listen();
    }
  }, 1000);
  // A page nobody sees holds no connection: browsers allow six to a server.
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : listen()));
  addEventListener("pagehide", close);
  if (!document.hidden) listen();
}

// The keyboard --------------------------------------------------------------------------------------------------------

const OFF = "amends-desk-keys-off";
const rows = () => [...document.querySelectorAll(".what a")];

function move(step) {
  const all = rows();
  const at = all.findIndex((row) => row.closest(".case").contains(document.activeElement));
  const to = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  to?.focus();
  to?.scrollIntoView({ block: "nearest" });
}

function claim() {
  const here = document.activeElement.closest?.(".case");
  (here ? here.querySelector(".who button") : document.querySelector("#form-claim button"))?.click();
}

// The button of the row that has the focus; on the page of one customer there is no row.
function press(key) {
  document.activeElement.closest?.(".case, .note")?.querySelector(`[data-key=${key}]`)?.click();
}

function filter() {
  const filters = byId("filters");
  if (!filters) return;
  filters.open = true;
  byId("f-state").focus();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  c: claim,
  a: () => press("a"),
  x: () => press("x"),
  n: () => byId("note-note")?.focus(),
  u: () => byId("up")?.click(),
  "/": filter,
  "?": () => byId("help")?.showModal(),
};
const ARROWS = { ArrowDown: 1, ArrowUp: -1 };

addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input:not([type=radio]):not([type=checkbox]), select, textarea, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (localStorage.getItem(OFF) && event.key !== "?") return;
  const inList = event.target.closest?.(".cases");
  const act = KEYS[event.key] ?? (event.key in ARROWS && inList ? () => move(ARROWS[event.key]) : null);
  if (!act) return;
  event.preventDefault();
  act();
});

function offered() {
  const off = localStorage.getItem(OFF);
  byId("keys-off").textContent = off ? "Turn them on" : "Turn them off";
}

if (byId("keys")) {
  byId("keys").hidden = false;
  byId("keys").addEventListener("click", () => byId("help").showModal());
  byId("keys-off").addEventListener("click", () => {
    if (localStorage.getItem(OFF)) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
    offered();
  });
  offered();
}
