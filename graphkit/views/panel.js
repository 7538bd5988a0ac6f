"use strict";
// The panel beside the picture. Text of the case is only ever set through textContent.

const data = JSON.parse(document.getElementById("data").textContent);

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  for (const child of children) {
    if (child !== null && child !== undefined && child !== "") {
      element.append(child instanceof Node ? child : document.createTextNode(String(child)));
    }
  }
  return element;
}

function words(text) { return String(text).replaceAll("_", " ").replaceAll(";", ", "); }
function sentence(text) { const said = words(text); return said.charAt(0).toUpperCase() + said.slice(1); }
function count(number) { return Number(number).toLocaleString("en-US"); }
function short(number) {
  if (number === null || number === undefined) return "";
  const size = Math.abs(number);
  if (size !== 0 && size < 0.001) return number.toExponential(1);
  return number.toLocaleString("en-US", { maximumFractionDigits: size < 1 ? 3 : size < 100 ? 2 : 0 });
}
function month(number) { return `${Math.floor(number / 12)}-${String((number % 12) + 1).padStart(2, "0")}`; }
function money(amounts) {
  return amounts.map(([currency, amount]) => `${currency} ${amount.toLocaleString("en-US", { maximumFractionDigits: 0 })}`.trim()).join(", ");
}
function nameOf(id) { return data.details[id].label; }

function pick(text, action) {
  const button = make("button", { type: "button", class: "pick" }, text);
  button.addEventListener("click", action);
  return button;
}

function table(heads, rows) {
  const head = make("tr", {}, ...heads.map(([text, look]) => make("th", { scope: "col", class: look || "" }, text)));
  const body = rows.map((cells) => make("tr", {}, ...cells.map((cell, at) => {
    const marked = cell && cell.text !== undefined && !(cell instanceof Node);
    const look = [heads[at][1] || "", marked ? cell.look : ""].join(" ").trim();
    return make("td", { class: look }, marked ? cell.text : cell);
  })));
  return make("table", {}, make("thead", {}, head), make("tbody", {}, ...body));
}

function facts(pairs) {
  const list = make("dl", { class: "facts" });
  for (const [term, text] of pairs) {
    if (text !== "" && text !== null && text !== undefined) list.append(make("dt", {}, term), make("dd", {}, text));
  }
  return list;
}

function fileAndLine(lines) {
  const byFile = new Map();
  for (const [file, line] of lines) byFile.set(file, [...(byFile.get(file) || []), line ?? "?"]);
  return make("div", {}, ...[...byFile].map(([file, found]) => make("div", {}, `${data.meta.files[file]}:${found.join(", ")}`)));
}

function findingCard(finding, flagged) {
  const interval = finding.effect_low !== undefined && finding.effect_high !== undefined
    ? ` (${short(finding.effect_low)}–${short(finding.effect_high)})` : "";
  const heading = `${sentence(finding.detector)} · ${finding.verdict}${finding.status === "stable" ? "" : ` · ${finding.status}`}`;
  // what is not flagged is folded away, but never left out
  const card = make(flagged ? "div" : "details", { class: `card ${flagged ? "flagged" : ""}` },
    flagged ? make("b", {}, heading) : make("summary", {}, heading),
    finding.reason,
    facts([
      ["Family", words(finding.family)],
      ["Observed", `${count(finding.observed)} of ${count(finding.n)}`],
      ["Expected", finding.expected === undefined ? "no rate to compare with" : `${short(finding.expected)}${finding.peers_n ? ` from ${count(finding.peers_n)} peers` : ""}`],
      ["Effect", finding.effect === undefined ? "" : short(finding.effect) + interval],
      ["q", finding.q === undefined ? "" : short(finding.q)],
      ["Look-alikes tested", words(finding.look_alikes_tested || "none")],
      ["Not tested", words(finding.look_alikes_untested || "none")],
      ["Missing", words(finding.missing || "")],
      ["Assumes", finding.assumptions],
      ["Stated denial", finding.denial || "none on record"],
    ]));
  if (finding.months.length) {
    card.append(table(
      [["month", "day"], ["cars", "number"], ["of", "number"], ["expected", "number"], ["q", "number"]],
      finding.months.map(([when, observed, n, expected, q, verdict]) =>
        [when, { text: count(observed), look: verdict === "flagged" ? "alarm" : "" }, count(n), short(expected), short(q)])));
  }
  return card;
}

function evidenceTable(part, show) {
  const unit = (part.rows.find((row) => row[3]) || [])[3] || "";
  const heading = `${sentence(part.detector)}: ${count(part.total)} ${part.total === 1 ? "car" : "cars"}${part.is_other_side ? ", as the other side of the deal" : ""}`;
  return [
    make("h3", {}, heading),
    unit.includes(" ") ? make("p", { class: "soft" }, `The value is ${unit}.`) : "",
    part.example && part.rows.length ? make("p", { class: "soft" }, `For example ${part.rows[0][0]}: ${part.example}`) : "",
    table([["VIN", "vin"], ["date", "day"], [unit.split(" ")[0] || "value", "number"], ["file:line"]],
      part.rows.map(([vin, day, value, , lines]) => [
        pick(vin, () => show(vin)), day, { text: short(value), look: "alarm" }, { text: fileAndLine(lines), look: "file" }])),
    part.total > part.rows.length ? make("p", { class: "soft" }, `The first ${count(part.rows.length)} of ${count(part.total)} are listed.`) : "",
  ];
}

function linkRows(id, links, show) {
  return links.map(({ edge, other, outward }) => {
    const link = data.links[edge];
    const what = link.units === undefined ? `${link.kind}${link.share ? ` ${link.share}` : ""}${link.verdict === "possible" ? " (possible)" : ""}` : link.kind;
    return [pick(`${outward ? "→" : "←"} ${nameOf(other)}`, () => show(edge)), what, link.units === undefined ? "" : count(link.units), link.last_on || link.first_on || ""];
  });
}

function partyPanel(id, links, show) {
  const node = data.details[id], panel = { findings: [], evidence: [], reasons: [], ...data.panels[id] };
  const flagged = panel.findings.some((finding) => finding.verdict === "flagged" && finding.status === "stable");
  const parts = [
    make("h2", {}, node.label),
    make("p", { class: "soft" }, [words(node.kind), node.standing, panel.city, node.ref].filter(Boolean).join(" · ")),
  ];
  if (panel.score !== undefined && panel.score !== null) {
    const line = make("p", {}, `score ${short(panel.score)} · ${words(panel.band || "no band")} `);
    if (panel.flagged) line.append(make("span", { class: "badge" }, "flagged"));
    parts.push(line);
  }
  if (panel.is_stub) parts.push(make("p", { class: "soft" }, "No register that was loaded describes this party."));
  parts.push(make("h3", {}, flagged ? "Why flagged" : "Findings"));
  for (const reason of panel.findings.length ? [] : panel.reasons) parts.push(make("div", { class: "card" }, reason));
  for (const finding of panel.findings) parts.push(findingCard(finding, finding.verdict === "flagged"));
  if (!panel.findings.length && !panel.reasons.length) parts.push(make("p", { class: "soft" }, "Nothing is found against this party itself; it stands here for its links."));
  parts.push(facts([["Not exported because", words(panel.gate_failed || "")], ["Speaks for it", panel.exculpatory], ["Missing", words(panel.missing || "")]]));
  const rank = (part) => (panel.findings.some((finding) => finding.verdict === "flagged" && finding.detector === part.detector) ? 0 : 1);
  for (const part of [...panel.evidence].sort((a, b) => rank(a) - rank(b))) parts.push(...evidenceTable(part, show));
  parts.push(make("h3", {}, "Links"), table([["party"], ["link", "day"], ["units", "number"], ["last", "day"]], linkRows(id, links, show)));
  return parts;
}

function carPanel(id, show) {
  const panel = data.panels[id], node = data.details[id];
  return [
    make("h2", {}, node.ref),
    make("p", { class: "soft" }, `vehicle · flagged ${count(node.hits)} ${node.hits === 1 ? "time" : "times"}`),
    make("h3", {}, "Why flagged"),
    ...panel.why.map((hit) => make("div", { class: "card flagged" }, make("b", {}, `${sentence(hit.detector)} · ${hit.grade}`), hit.reason, facts([["Day", hit.day], ["Rows", fileAndLine(hit.lines)]]))),
    make("h3", {}, "Its life"),
    table([["day", "day"], ["what happened"]], panel.life.map(([day, what, who]) => [day, who ? `${what} ${who}` : what])),
  ];
}

function flowPanel(edge, ends, show) {
  const link = data.links[edge], rows = link.rows || [];
  const payment = link.kind === "payment";
  return [
    make("h2", {}, pick(nameOf(ends[0]), () => show(ends[0])), " → ", pick(nameOf(ends[1]), () => show(ends[1]))),
    make("p", { class: "soft" }, words(link.kind)),
    facts([
      [payment ? "Payments" : "Units", count(link.units)], ["Flagged cars", link.flagged ? count(link.flagged) : "none"],
      ["Amount", money(link.amounts)], ["From", link.first_on], ["To", link.last_on],
    ]),
    make("h3", {}, payment ? "Payments" : "Cars"),
    table([["VIN", "vin"], ["date", "day"], ["amount", "number"]], rows.map(([vin, day, amount, flagged]) =>
      [vin ? pick(vin, () => show(vin)) : "", { text: day, look: flagged ? "alarm" : "" }, amount === null ? "" : count(Math.round(amount))])),
    make("p", { class: "soft" }, rows.length < link.units ? `${count(rows.length)} of ${count(link.units)} are listed, flagged ones first (date in red).` : "Flagged cars have their date in red."),
  ];
}

function tiePanel(edge, ends, show) {
  const link = data.links[edge];
  return [
    make("h2", {}, pick(nameOf(ends[0]), () => show(ends[0])), " → ", pick(nameOf(ends[1]), () => show(ends[1]))),
    make("p", { class: "soft" }, `${link.kind} · ${link.verdict}`),
    facts([
      ["Share", link.share], ["How", words(link.detail)], ["Since", link.first_on || "not dated"], ["Until", link.last_on || "still"],
      ["Row", link.file ? `${link.file}:${link.line ?? "?"}` : "follows from other links"],
    ]),
  ];
}

function percent(share) { return `${(share * 100).toLocaleString("en-US", { maximumFractionDigits: 1 })} %`; }

function insideTrade(meta) {
  if (meta.inside_share === null) return [];
  return [
    ["Trade inside", `${count(meta.inside)} of ${count(meta.inside + meta.outside)} sales of all but the context are among themselves (${percent(meta.inside_share)})`],
    ["Expected", `${percent(meta.expected_inside_share)}, if each month's buyers were shuffled`],
  ];
}

function clusterPanel(show) {
  const meta = data.meta;
  const parties = Object.entries(data.details).filter(([id]) => id.startsWith("party/"))
    .sort(([a, x], [b, y]) => (y.score || 0) - (x.score || 0) || y.units - x.units || (a < b ? -1 : 1));
  return [
    make("h2", {}, meta.title),
    make("p", { class: "soft" }, `cluster ${meta.cluster_id} · anchor ${meta.anchor}${meta.as_of ? ` · as of ${meta.as_of}` : ""}`),
    make("h3", {}, "Why it is investigated as one"),
    make("div", { class: "card flagged" }, meta.reason),
    facts([
      ["Families", words(meta.families)], ["Cars", count(meta.cars)], ["Flagged cars", count(meta.flagged_cars)],
      ...insideTrade(meta),
    ]),
    make("h3", {}, "Parties"),
    table([["name"], ["role", "day"], ["score", "number"], ["units", "number"]], parties.slice(0, 60).map(([id, node]) =>
      [pick(node.label, () => show(id)), node.kind, { text: node.score === undefined ? "" : short(node.score), look: node.flagged ? "alarm" : "" }, count(node.units)])),
    parties.length > 60 ? make("p", { class: "soft" }, `60 of ${count(parties.length)} parties are listed; search finds the others.`) : "",
    make("p", { class: "soft" }, "A finding is an indicator and needs follow-up; it is no proof of wrongdoing."),
  ];
}

function putPanel(parts) {
  const panel = document.getElementById("panel");
  panel.replaceChildren(...parts.filter((part) => part !== ""));
  panel.scrollTop = 0;
}
