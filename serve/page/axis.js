// Draws the works of a group along a time axis.
"use strict";

// Returns marks at round years. position: of a year, in percent.
function drawScale(first, last, position) {
  const scale = element("div", undefined, "scale");
  const step = [1, 2, 5, 10, 20, 50, 100, 500].find((size) => (last - first) / size <= 6) || 1000;
  for (let mark = Math.ceil(first / step) * step; mark <= last; mark += step) {
    const tick = element("span", mark);
    tick.style.left = `${position(mark)}%`;
    scale.append(tick);
  }
  return scale;
}

function drawAxis(axis, group) {
  const { paintings } = group;
  const first = Math.min(...paintings.map((work) => work.low)) - 1;
  const last = Math.max(...paintings.map((work) => work.high)) + 1;
  const position = (year) => (100 * (year - first)) / (last - first);
  const ticks = element("div", undefined, "ticks");
  const line = element("div");
  line.append(drawScale(first, last, position));
  ticks.append(line);
  ticks.setAttribute("aria-hidden", "true");
  const rows = element("div", undefined, "rows");
  rows.setAttribute("role", "list");
  rows.setAttribute("aria-label", "The works in order, with their years");
  for (const works of tieGroups(paintings)) {
    const tie = element("div", undefined, works.length > 1 ? "tie several" : "tie");
    tie.setAttribute("role", "presentation");
    tie.append(...works.map((work) => drawRow(work, group, position)));
    if (works.length > 1) tie.firstElementChild.prepend(element("p", `${works.length} works in uncertain order`, "tie-note"));
    rows.append(tie);
  }
  axis.append(ticks, rows);
}

function tieGroups(paintings) {
  const groups = new Map();
  for (const work of paintings) groups.set(work.tie_group, [...(groups.get(work.tie_group) || []), work]);
  return groups.values();
}

function drawRow(work, group, position) {
  const row = element("button", undefined, work.known ? "row known" : "row");
  const text = element("span");
  const doubt = conditionOf(work, group);
  text.append(element("b", year(work)));
  if (doubt) text.append(element("span", doubt, "if"));
  if (work.doubt) text.append(element("span", work.doubt, "doubt"));
  text.append(element("span", work.file, "name"));
  row.append(photo(work.file, ""), text);
  if (work.year !== null) {
    row.append(drawSpan(work, position));
    const dated = [`${work.position}. ${work.file}`, `${year(work)}${doubt && `, ${doubt}`}`, work.doubt];
    row.setAttribute("aria-label", [...dated, `between ${work.low} and ${work.high}`].filter(Boolean).join(", "));
  }
  row.onclick = () => openWork(work, group);
  const item = element("div");
  item.setAttribute("role", "listitem");
  item.append(row);
  return item;
}

function drawSpan(work, position) {
  const span = element("span", undefined, "span");
  const [bar, dot] = [element("i"), element("u")];
  bar.style.left = `${position(work.low)}%`;
  bar.style.width = `${position(work.high) - position(work.low)}%`;
  dot.style.left = `${position(work.score)}%`;
  span.append(bar, dot);
  return span;
}
