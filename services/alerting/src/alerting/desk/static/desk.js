// Keeps the clocks running and the list fresh. The pages work without it.
"use strict";

const skew = Date.parse(document.body.dataset.now) - Date.now();

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
    if (clock.dataset.clock === "due") {
      clock.textContent = `${span(left)} ${left < 0 ? "overdue" : "left"}`;
      clock.classList.toggle("late", left < 0);
      clock.classList.toggle("soon", left >= 0 && left < 1800000);
    } else {
      clock.textContent = clock.dataset.clock === "age" ? `${span(left)} ago` : `waiting for ${span(left)}`;
    }
  }
}

async function refresh() {
  const live = document.getElementById("live");
  if (document.hidden) return;
  const answer = await fetch(location.href);
  if (answer.redirected) return location.reload();
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const focused = document.activeElement?.id;
  live.replaceChildren(...page.getElementById("live").childNodes);
  document.title = page.title;
  if (focused) document.getElementById(focused)?.focus();
  tick();
}

setInterval(tick, 1000);
const live = document.getElementById("live");
if (live) {
  setInterval(() => refresh().catch(() => {}), live.dataset.refresh * 1000);
  document.addEventListener("visibilitychange", () => refresh().catch(() => {}));
}
