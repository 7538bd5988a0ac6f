"use strict";
// The panels of what a query returned; they stand in for those of a cluster, which have the same names.

function linksOf(id) {
  return data.edges.filter((edge) => edge.from === id || edge.to === id)
    .map((edge) => ({ edge: edge.id, other: edge.from === id ? edge.to : edge.from, outward: edge.from === id }));
}

function property(link, name) { return (link.properties.find(([key]) => key === name) || [])[1] || ""; }

function dayOf(link) {
  const dated = link.properties.find(([name]) => name.endsWith("_on")) || link.properties.find(([name]) => name === "valid_from");
  return dated ? dated[1] : "";
}

function propertyList(of) {
  if (!of.total) return [make("p", { class: "soft" }, "It has no properties.")];
  const list = of.properties.length ? facts(of.properties.map(([name, text]) => [words(name), text])) : "";
  return of.properties.length < of.total ? [list, make("p", { class: "soft" }, `${count(of.properties.length)} of ${count(of.total)} properties are listed: the page would be too large.`)] : [list];
}

function nodePanel(id, show) {
  const node = data.details[id], panel = data.panels[id], links = linksOf(id);
  const parts = [
    make("h2", {}, node.label),
    make("p", { class: "soft" }, [panel.labels.join(", "), node.ref].filter(Boolean).join(" · ")),
  ];
  if (node.score !== undefined || panel.flagged) {
    const line = make("p", {}, node.score === undefined ? "" : `score ${short(node.score)} · ${words(panel.band || "no band")} `);
    if (panel.flagged) line.append(make("span", { class: "badge" }, "flagged"));
    parts.push(line);
  }
  if (panel.reasons.length) parts.push(make("h3", {}, panel.flagged ? "Why flagged" : "Reasons"));
  for (const reason of panel.reasons) parts.push(make("div", { class: `card ${panel.flagged ? "flagged" : ""}` }, reason));
  if (node.kind === "unreturned") parts.push(make("p", { class: "soft" }, "The query returned a relationship of this node and not the node itself."));
  else parts.push(make("h3", {}, "Properties"), ...propertyList(panel));
  if (links.length) {
    parts.push(make("h3", {}, "Relationships"), table([["node"], ["type", "day"], ["units", "number"], ["day", "day"]], links.map(({ edge, other, outward }) =>
      [pick(`${outward ? "→" : "←"} ${nameOf(other)}`, () => show(edge)), data.links[edge].kind, property(data.links[edge], "units"), dayOf(data.links[edge])])));
  }
  return parts;
}

function partyPanel(id, links, show) { return nodePanel(id, show); }

function carPanel(id, show) { return nodePanel(id, show); }

function tiePanel(edge, ends, show) {
  const link = data.links[edge];
  return [
    make("h2", {}, pick(nameOf(ends[0]), () => show(ends[0])), " → ", pick(nameOf(ends[1]), () => show(ends[1]))),
    make("p", { class: "soft" }, link.kind),
    make("h3", {}, "Properties"),
    ...propertyList(link),
  ];
}

function typeRows() {
  const types = new Map();
  for (const edge of data.edges) {
    const type = data.links[edge.id].kind, held = types.get(type) || { colour: edge.color, number: 0 };
    types.set(type, { ...held, number: held.number + 1 });
  }
  return [...types].sort(([a], [b]) => (a < b ? -1 : 1)).map(([type, { colour, number }]) => {
    const line = svg("svg", { viewBox: "0 0 28 8", width: 28, height: 8, "aria-hidden": "true" });
    line.append(svg("line", { x1: 0, y1: 4, x2: 28, y2: 4, stroke: colour.slice(0, 7), "stroke-width": 3 }));
    return [line, type, count(number)];
  });
}

function clusterPanel(show) {
  const meta = data.meta, types = typeRows(), all = Object.entries(data.details);
  const kinds = new Map(data.legend.map((role, at) => [role.kind, [role.word, at]]));
  all.sort(([a, x], [b, y]) => y.flagged - x.flagged || kinds.get(x.kind)[1] - kinds.get(y.kind)[1] || (a < b ? -1 : 1));
  return [
    make("h2", {}, meta.title),
    make("p", { class: "soft" }, `${count(all.length)} ${all.length === 1 ? "node" : "nodes"}, ${count(data.edges.length)} ${data.edges.length === 1 ? "relationship" : "relationships"}`),
    make("h3", {}, meta.heading),
    make("pre", {}, meta.query),
    types.length ? make("h3", {}, "Relationships") : "",
    types.length ? table([["line"], ["type"], ["drawn", "number"]], types) : "",
    make("h3", {}, "Nodes"),
    table([["name"], ["kind", "day"]], all.slice(0, 60).map(([id, node]) => [pick(node.label, () => show(id)), { text: kinds.get(node.kind)[0], look: node.flagged ? "alarm" : "" }])),
    all.length > 60 ? make("p", { class: "soft" }, `60 of ${count(all.length)} nodes are listed; search finds the others.`) : "",
    make("p", { class: "soft" }, "A finding is an indicator and needs follow-up; it is no proof of wrongdoing."),
  ];
}
