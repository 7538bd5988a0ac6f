"use strict";
// The picture: what is drawn, where, and what a click, a search or a switch does. Coordinates come with the data.

const view = (() => {
  const state = { layout: "cluster", hidden: new Set(), period: null, dark: false };
  const home = new Map(data.nodes.map((node) => [node.id, { x: node.x, y: node.y }]));
  const nodes = new vis.DataSet(data.nodes);
  const edges = new vis.DataSet(data.edges);
  const ends = new Map(data.edges.map((edge) => [edge.id, [edge.from, edge.to]]));
  const network = new vis.Network(document.getElementById("canvas"), { nodes, edges }, data.options);
  const at = (id) => document.getElementById(id);
  const around = new Map(data.nodes.map((node) => [node.id, []]));
  for (const edge of data.edges) {
    if (!data.links[edge.id]) continue;
    around.get(edge.from).push({ edge: edge.id, other: edge.to, outward: true });
    around.get(edge.to).push({ edge: edge.id, other: edge.from, outward: false });
  }
  for (const links of around.values()) links.sort((a, b) => (data.links[b.edge].units || 0) - (data.links[a.edge].units || 0));

  function inPeriod(months) { return !state.period || months.some((number) => number >= state.period[0] && number <= state.period[1]); }

  function nodeShown(id) {
    const node = data.details[id];
    if (state.hidden.has(node.kind)) return false;
    return node.kind !== "vehicle" || (state.layout === "cluster" && inPeriod(node.months));
  }

  function edgeShown(edge) {
    const [from, to] = ends.get(edge.id);
    if (!nodeShown(from) || !nodeShown(to)) return false;
    if (edge.family !== "flow") return true;
    // where cars are drawn their own lines say more than a counted flow between the same parties
    const counted = state.layout === "lanes" || state.hidden.has("vehicle") || !data.meta.flagged_cars || !edge.isRepeated;
    return counted && inPeriod(data.links[edge.id].months.map(([number]) => number));
  }

  function unitsOf(edge) {
    const months = data.links[edge.id].months;
    return state.period ? months.reduce((sum, [number, units]) => (inPeriod([number]) ? sum + units : sum), 0) : data.links[edge.id].units;
  }

  function redraw() {
    nodes.update(data.nodes.map(({ id }) => ({ id, hidden: !nodeShown(id) })));
    edges.update(data.edges.map((edge) => {
      const change = { id: edge.id, hidden: !edgeShown(edge) };
      if (edge.family === "flow") {
        const units = unitsOf(edge);
        change.label = state.layout === "lanes" && edge.isLabelled && units > 1 ? count(units) : "";
      }
      return change;
    }));
    const cars = data.timeline.filter(([number]) => inPeriod([number])).reduce((sum, [, units]) => sum + units, 0);
    at("period").textContent = state.period ? `${month(state.period[0])} – ${month(state.period[1])} · ${count(cars)} flagged cars` : "";
  }

  function place() {
    const lanes = state.layout === "lanes";
    nodes.update(data.nodes.map(({ id }) => {
      const spot = lanes && data.lanes.places[id] ? { x: data.lanes.places[id][0], y: data.lanes.places[id][1] } : home.get(id);
      return { id, x: spot.x, y: spot.y };
    }));
    redraw();
    fit();
  }

  function fit() {
    const lanes = state.layout === "lanes";
    at("stage").classList.toggle("lanes", lanes);
    const legend = at("legend"), box = at("canvas").getBoundingClientRect();
    const spots = Object.values(network.getPositions(data.nodes.map((node) => node.id).filter(nodeShown)));
    if (!spots.length) return;
    const across = spots.map((spot) => spot.x), down = spots.map((spot) => spot.y);
    const sides = lanes ? [data.lanes.bands[0][1], data.lanes.bands.at(-1)[2]] : [Math.min(...across) - 95, Math.max(...across) + 95];
    const top = Math.min(...down) - (lanes ? 72 : 30), bottom = Math.max(...down) + (lanes ? 62 : 50);
    // the legend stands over the left of the picture, and over its top where there are lanes
    const left = lanes ? 0 : Math.min(legend.offsetWidth + 14, box.width / 3), over = lanes ? legend.offsetHeight + 14 : 0;
    const width = box.width - left - 16, height = box.height - over - 34;
    network.moveTo({
      position: { x: (sides[0] + sides[1]) / 2, y: (top + bottom) / 2 },
      scale: Math.min(1.6, width / (sides[1] - sides[0]), height / (bottom - top)),
      offset: { x: left / 2, y: over / 2 - 10 }, animation: false,
    });
  }

  function bands(context) {
    if (state.layout !== "lanes") return;
    const spots = Object.values(data.lanes.places).map(([, y]) => y);
    const top = Math.min(...spots) - 70, bottom = Math.max(...spots) + 60;
    const colours = getComputedStyle(document.documentElement);
    context.textAlign = "center";
    for (const [number, [title, left, right]] of data.lanes.bands.entries()) {
      if (number % 2 === 0) {
        context.fillStyle = colours.getPropertyValue("--band");
        context.fillRect(left, top, right - left, bottom - top);
      }
      context.fillStyle = colours.getPropertyValue("--soft");
      context.font = "600 13px sans-serif";
      context.fillText(title, (left + right) / 2, top + 18);
    }
  }

  function show(target) {
    if (target === null) {
      network.unselectAll();
      putPanel(clusterPanel(show));
    } else if (data.links[target]) {
      const link = data.links[target];
      network.selectEdges([target]);
      putPanel((link.units === undefined ? tiePanel : flowPanel)(target, ends.get(target), show));
    } else if (data.details[target]) {
      network.selectNodes([target], target.startsWith("vehicle/"));
      putPanel(target.startsWith("vehicle/") ? carPanel(target, show) : partyPanel(target, around.get(target), show));
    } else if (data.details[`vehicle/${target}`]) {
      show(`vehicle/${target}`);
    } else if (flowOf(target)) show(flowOf(target));
  }

  function flowOf(vin) {
    return Object.keys(data.links).find((edge) => (data.links[edge].rows || []).some((row) => row[0] === vin));
  }

  function matches(text) {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return [];
    const found = Object.entries(data.details)
      .filter(([, node]) => node.label.toLowerCase().includes(wanted) || node.ref.toLowerCase().includes(wanted))
      .sort(([a, x], [b, y]) => (y.ref.toLowerCase() === wanted) - (x.ref.toLowerCase() === wanted) || (a.startsWith("vehicle/") - b.startsWith("vehicle/")) || (a < b ? -1 : 1))
      .map(([id]) => id);
    if (found.length) return found;
    return Object.keys(data.links).filter((edge) => (data.links[edge].rows || []).some((row) => row[0] && row[0].toLowerCase().includes(wanted)));
  }

  let asked = "", next = 0;
  function search(text) {
    const found = matches(text);
    next = text === asked ? (next + 1) % Math.max(1, found.length) : 0;
    asked = text;
    at("found").textContent = !text.trim() ? "" : found.length ? `${next + 1} of ${count(found.length)}` : "no match";
    if (!found.length) return;
    const target = found[next], node = data.details[target];
    show(target);
    const spots = data.links[target] ? ends.get(target) : [target];
    if (node && !nodeShown(target)) return;
    const where = Object.values(network.getPositions(spots));
    const middle = { x: where.reduce((sum, spot) => sum + spot.x, 0) / where.length, y: where.reduce((sum, spot) => sum + spot.y, 0) / where.length };
    network.moveTo({ position: middle, scale: Math.max(1, network.getScale()), animation: false });
  }

  function icon(role) {
    const shapes = {
      square: "3,3 15,3 15,15 3,15", diamond: "9,1 17,9 9,17 1,9", triangle: "9,2 17,16 1,16", triangleDown: "9,16 17,2 1,2",
      hexagon: "5,2 13,2 17,9 13,16 5,16 1,9", star: "9,1 11.2,6.6 17,7 12.5,10.8 14,17 9,13.6 4,17 5.5,10.8 1,7 6.8,6.6",
    };
    const picture = svg("svg", { viewBox: "0 0 18 18", width: 18, height: 18, "aria-hidden": "true" });
    const paint = { fill: role.colour, stroke: "#4B5563", "stroke-width": 1 };
    picture.append(role.shape === "dot" ? svg("circle", { cx: 9, cy: 9, r: 7, ...paint }) : svg("polygon", { points: shapes[role.shape], ...paint }));
    return picture;
  }

  function line(attributes, text) {
    const picture = svg("svg", { viewBox: "0 0 48 8", width: 48, height: 8, "aria-hidden": "true" });
    picture.append(svg("line", { x1: 2, y1: 4, x2: 46, y2: 4, ...attributes }));
    return make("div", { class: "line" }, picture, text);
  }

  function legend() {
    const box = at("legend");
    for (const role of data.legend) {
      const tick = make("input", { type: "checkbox", "data-kind": role.kind, "aria-label": `Show ${role.word}, ${role.count}` });
      tick.checked = true;
      tick.addEventListener("change", () => {
        if (tick.checked) state.hidden.delete(role.kind); else state.hidden.add(role.kind);
        redraw();
      });
      box.append(make("label", {}, tick, icon(role), make("span", {}, role.word), make("span", { class: "count" }, count(role.count))));
    }
    box.append(make("hr"));
    if (data.edges.some((edge) => edge.family === "tie")) {
      box.append(line({ stroke: data.colours.tie, "stroke-width": 3 }, "control, proven"));
      box.append(line({ stroke: data.colours.tie, "stroke-width": 1.5, "stroke-dasharray": "5 4" }, "control, possible"));
    }
    box.append(line({ stroke: data.colours.flagged, "stroke-width": 3 }, "ring: flagged party"));
  }

  function dress() {
    document.documentElement.classList.toggle("dark", state.dark);
    at("dark").setAttribute("aria-pressed", String(state.dark));
    const colours = getComputedStyle(document.documentElement);
    const font = { color: colours.getPropertyValue("--ink").trim(), strokeColor: colours.getPropertyValue("--paper").trim() };
    network.setOptions({ nodes: { font }, edges: { font: { ...font, size: 11 } } });
  }

  function png() {
    const drawn = at("canvas").querySelector("canvas"), sheet = document.createElement("canvas");
    sheet.width = drawn.width;
    sheet.height = drawn.height;
    const context = sheet.getContext("2d");
    context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--paper");
    context.fillRect(0, 0, sheet.width, sheet.height);
    context.drawImage(drawn, 0, 0);
    const link = make("a", { href: sheet.toDataURL("image/png"), download: `cluster-${data.meta.cluster_id}.png` });
    link.click();
    return link.href;
  }

  at("title").textContent = `${data.meta.case_name} · ${data.meta.title}`;
  at("notes").textContent = data.meta.notes.join(" ");
  legend();
  const timeline = drawTimeline(data.timeline, (period) => { state.period = period; redraw(); });
  network.on("beforeDrawing", bands);
  network.on("click", (event) => show(event.nodes[0] ?? event.edges.find((edge) => data.links[edge]) ?? null));
  at("layout").addEventListener("change", (event) => { state.layout = event.target.value; place(); });
  at("search").addEventListener("keydown", (event) => { if (event.key === "Enter") search(event.target.value); });
  at("search").addEventListener("input", (event) => { if (!event.target.value) at("found").textContent = ""; });
  at("png").addEventListener("click", png);
  at("dark").addEventListener("click", () => { state.dark = !state.dark; dress(); });
  at("reset").addEventListener("click", () => {
    state.hidden.clear();
    for (const tick of document.querySelectorAll("#legend input")) tick.checked = true;
    at("search").value = at("found").textContent = "";
    timeline.clear();
    show(null);
    place();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== at("search")) {
      event.preventDefault();
      at("search").focus();
    }
  });
  // the library's frame takes the focus but answers to no key
  at("canvas").querySelector(".vis-network").removeAttribute("tabindex");
  dress();
  place();
  show(null);
  return { network, nodes, edges, show };
})();
