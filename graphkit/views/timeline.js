"use strict";
// Flagged cars by month; a stretch of months can be chosen with the pointer or the arrow keys.

function svg(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

function drawTimeline(months, onChoice) {
  const strip = document.getElementById("timeline"), help = document.getElementById("timeline-help");
  if (!months.length) {
    help.textContent = "No flagged car of this cluster has a dated hit.";
    return { clear() {} };
  }
  const most = Math.max(...months.map(([, cars]) => cars)), first = months[0][0], slots = Math.max(12, months.length);
  const picture = svg("svg", { viewBox: `0 0 ${slots} 100`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const brush = svg("rect", { class: "brush", x: 0, y: 0, width: 0, height: 100 });
  picture.append(brush);
  for (const [at, [number, cars]] of months.entries()) {
    const height = cars ? Math.max(2, (cars / most) * 98) : 0;
    picture.append(svg("rect", { class: "bar", x: at + 0.06, y: 100 - height, width: 0.88, height }));
    const slot = svg("rect", { class: "slot", x: at, y: 0, width: 1, height: 100 });
    const tip = svg("title", {});
    tip.textContent = `${month(number)}: ${count(cars)} flagged cars`;
    slot.append(tip);
    picture.append(slot);
  }
  strip.append(picture);
  const range = months.length > 1 ? `${month(first)} … ${month(months.at(-1)[0])}` : month(first);
  help.textContent = `${range} · flagged cars by month · drag to filter (arrow keys when focused, Escape clears)`;
  strip.setAttribute("aria-label", `Flagged cars by month, ${range}`);

  let from = null, to = null, dragging = false;
  function choose(a, b) {
    [from, to] = [a, b];
    if (a === null) {
      brush.setAttribute("width", 0);
      onChoice(null);
      return;
    }
    const low = Math.min(a, b), high = Math.max(a, b);
    brush.setAttribute("x", low);
    brush.setAttribute("width", high - low + 1);
    onChoice([first + low, first + high]);
  }
  function slotAt(event) {
    const box = picture.getBoundingClientRect();
    return Math.max(0, Math.min(months.length - 1, Math.floor(((event.clientX - box.left) / box.width) * slots)));
  }
  strip.addEventListener("pointerdown", (event) => {
    dragging = true;
    strip.setPointerCapture(event.pointerId);
    const at = slotAt(event);
    if (from === at && to === at) { dragging = false; choose(null, null); } else choose(at, at);
  });
  strip.addEventListener("pointermove", (event) => { if (dragging && slotAt(event) !== to) choose(from, slotAt(event)); });
  strip.addEventListener("pointerup", () => { dragging = false; });
  strip.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") choose(null, null);
    if (!step) return;
    event.preventDefault();
    const at = Math.max(0, Math.min(months.length - 1, to === null ? 0 : to + step));
    choose(event.shiftKey && from !== null ? from : at, at);
  });
  return { clear: () => choose(null, null) };
}
