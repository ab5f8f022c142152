// Shows the answer of /v1/sort: the painters, and their works on a wall and along a time axis.
"use strict";

function element(tag, text, className) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
}

function image(source, alt) {
  const picture = element("img");
  return Object.assign(picture, { src: source || "data:,", alt });
}

const counted = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

// No probability is certain, however it is rounded.
function percent(share) {
  if (share > 0.9995) return "over 99.9\u00a0%";
  if (share < 0.0005) return "under 0.1\u00a0%";
  return `${(100 * share).toFixed(share > 0.99 || share < 0.01 ? 1 : 0)}\u00a0%`;
}

const shareItem = ({ name, share }) => element("li", `${name} ${percent(share)}`);
const problemItem = ({ file, reason }) => element("li", `${file}: ${reason}`);

function draw() {
  const { groups, rejected } = state.answer;
  $("groups").replaceChildren(...groups.map(drawGroup));
  $("rejected").hidden = !rejected.length;
  $("rejected").querySelector("ul").replaceChildren(...rejected.map(problemItem));
  $("results").hidden = false;
  document.body.classList.add("sorted");
  drawModels();
}

function drawModels() {
  const named = state.answer.groups.map(({ models }) => `Models ${models.version}, trained on dataset ${models.dataset}`);
  $("models").textContent = [...new Set(named)].join("; ");
  const said = state.answer.groups.map(({ artist, paintings }) => `${heading(artist)}, ${counted(paintings.length, "work")}`);
  $("finished").textContent = `Sorted. ${said.join("; ")}.`;
}

function replaceGroup(group, newer) {
  state.answer.groups.splice(state.answer.groups.indexOf(group), 1, newer);
  const old = group.section;
  old.replaceWith(drawGroup(newer));
  newer.section.querySelector("h2").focus();
  drawModels();
}

function heading({ name, verdict, given }) {
  if (given || verdict === "known") return name;
  return verdict === "unknown" ? `Unknown painter, closest to ${name}` : `${name}?`;
}

const VERDICTS = {
  known: "",
  unknown: "These works are likelier by a painter whom the models do not know. ",
  uncertain: "Whether the models know this painter is uncertain. ",
};

// A confidence is among known painters only, so it never stands without what it means.
function explanation({ confidence, confidence_means, verdict, vote_share, given }, works) {
  const means = confidence_means[0].toLowerCase() + confidence_means.slice(1);
  return (given ? "Sorted as you chose. " : VERDICTS[verdict])
    + `Confidence ${percent(confidence)} ${means} Most likely painter of ${Math.round(vote_share * works)} of ${counted(works, "work")}.`;
}

// Returns what must be true for the years to be: "" where the models are sure of the painter.
function condition({ name, verdict, given }) {
  if (given) return `as ${name}’s work`;
  return verdict === "known" ? "" : `if it is by ${name}`;
}

function drawGroup(group) {
  const { artist, paintings, ordered } = group;
  const section = group.section = $("group").content.cloneNode(true).firstElementChild;
  const part = (selector) => section.querySelector(selector);
  part("h2").textContent = heading(artist);
  part(".verdict").textContent = explanation(artist, paintings.length);
  part(".runners").replaceChildren(...artist.runners_up.slice(0, 4).map(shareItem));
  drawChoice(part(".override select"), group);
  prepareVerification(group);
  section.classList.toggle("conditional", Boolean(condition(artist)));
  part(".condition").hidden = !ordered || group.dated_as.length > 0 || !condition(artist);
  part(".condition").textContent = artist.given
    ? `Years and order as ${artist.name}’s works:` : `Years and order if the works are by ${artist.name}:`;
  part(".wall").append(...paintings.map((work) => hang(work, group)));
  if (ordered) drawAxis(part(".axis"), group);
  else part(".axis").append(...paintings.map((work) => drawRow(work, group)));
  part(".about").textContent = about(group);
  return section;
}

function drawChoice(choice, group) {
  const names = state.answer.artists.filter(({ dated }) => dated).map(({ name }) => name);
  choice.append(new Option("the most likely painter", ""), ...names.map((name) => new Option(name, name)));
  choice.value = group.artist.given ? group.artist.name : "";
  choice.onchange = settle;
}

function about({ artist, ordered, scope, first_year, last_year, dated_as }) {
  if (dated_as.length) return `The year and the interval are an average over the likely painters of this work: ${dated_as.join(", ")}.`;
  if (!ordered) return `The models cannot date works by ${artist.name}. Choose another painter to sort them as.`;
  return `Dots are estimated years, bars 80 % intervals, squares known dates. The order of works on the same gold line is `
    + `not reliable. The models learned from dated works by ${artist.name} from ${first_year} to ${last_year}.`
    + (scope === "own" ? "" : " They are too few: this order rests on a trend shared by all painters and is little better than chance.");
}

const year = (work) => (work.year === null ? "no year" : `${work.known ? "" : "about "}${work.year}`);
const OUTLIER = "unlike everything that the models learned from";

// Returns what the year of a work rests on, or why it says nothing; "" for nothing to be said.
function conditionOf(work, group) {
  if (work.outlier) return OUTLIER;
  return work.known || work.year === null || group.dated_as.length ? "" : condition(group.artist);
}

function hang(work, group) {
  const frame = element("button");
  frame.append(image(state.pictures.get(work.file), work.file), element("span", year(work), work.known ? "fact" : "year"));
  frame.onclick = () => openWork(work, group);
  const item = element("li");
  item.append(frame);
  return item;
}

function drawAxis(axis, group) {
  const { paintings } = group;
  const first = Math.min(...paintings.map((work) => work.low)) - 1;
  const last = Math.max(...paintings.map((work) => work.high)) + 1;
  const position = (year) => (100 * (year - first)) / (last - first);
  const step = [1, 2, 5, 10, 20, 50, 100, 500].find((size) => (last - first) / size <= 6);
  const scale = element("div");
  for (let mark = Math.ceil(first / step) * step; mark <= last; mark += step) {
    const tick = element("span", mark);
    tick.style.left = `${position(mark)}%`;
    scale.append(tick);
  }
  const ticks = element("div", undefined, "ticks");
  ticks.setAttribute("aria-hidden", "true");
  ticks.append(scale);
  axis.append(ticks);
  for (const works of tieGroups(paintings)) {
    const tie = element("div", undefined, works.length > 1 ? "tie several" : "tie");
    tie.append(...works.map((work) => drawRow(work, group, position)));
    if (works.length > 1) tie.prepend(element("p", `${works.length} works in uncertain order`, "tie-note"));
    axis.append(tie);
  }
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
  text.append(element("span", work.file, "name"));
  row.append(image(state.pictures.get(work.file), ""), text);
  if (work.year !== null) {
    const span = element("span", undefined, "span");
    const [bar, dot] = [element("i"), element("u")];
    bar.style.left = `${position(work.low)}%`;
    bar.style.width = `${position(work.high) - position(work.low)}%`;
    dot.style.left = `${position(work.score)}%`;
    span.append(bar, dot);
    row.append(span);
    const dated = [`${work.position}. ${work.file}`, `${year(work)}${doubt && `, ${doubt}`}`];
    row.setAttribute("aria-label", [...dated, `between ${work.low} and ${work.high}`].join(", "));
  }
  row.onclick = () => openWork(work, group);
  const item = element("div");
  item.setAttribute("role", "listitem");
  item.append(row);
  return item;
}
