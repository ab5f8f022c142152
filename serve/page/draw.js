// Shows the answer of /v1/sort: the painters and their works.
"use strict";

const $ = (id) => document.getElementById(id);
const MOST_OPEN = 3; // groups; where there are more, all are folded

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
  for (const group of groups) group.section.open = groups.length <= MOST_OPEN;
  $("unfold").hidden = groups.length <= MOST_OPEN;
  $("rejected").hidden = !rejected.length;
  $("rejected-title").textContent = `Left out: ${counted(rejected.length, "file")}`;
  $("rejected").querySelector("ul").replaceChildren(...rejected.map(problemItem));
  $("results").hidden = false;
  document.body.classList.add("sorted");
  drawModels();
}

function drawModels() {
  const named = state.answer.groups.map(({ models }) => `Models ${models.version}, trained on dataset ${models.dataset}`);
  $("models").textContent = [...new Set(named)].join("; ");
}

function announce(groups) {
  const said = groups.slice(0, MOST_OPEN).map(({ artist, paintings }) => `${heading(artist)}, ${counted(paintings.length, "work")}`);
  const more = groups.length > MOST_OPEN ? `; and ${groups.length - MOST_OPEN} more groups` : "";
  $("finished").textContent = `Sorted. ${said.join("; ")}${more}.`;
}

function replaceGroup(group, newer) {
  state.answer.groups.splice(state.answer.groups.indexOf(group), 1, newer);
  const old = group.section;
  old.replaceWith(drawGroup(newer));
  newer.section.open = true;
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
  part(".extent").textContent = extent(group);
  part(".first").append(...paintings.slice(0, 4).map((work) => photo(work.file, "")));
  part(".verdict").textContent = explanation(artist, paintings.length);
  part(".runners").replaceChildren(...artist.runners_up.slice(0, 4).map(shareItem));
  part(".accuracy").textContent = accuracy(group);
  drawChoice(part(".override select"), group);
  prepareCard(part(".card"), group);
  prepareVerification(group);
  section.classList.toggle("conditional", Boolean(condition(artist)));
  part(".condition").hidden = !ordered || group.dated_as.length > 0 || !condition(artist);
  part(".condition").textContent = artist.given
    ? `Years and order as ${artist.name}’s works:` : `Years and order if the works are by ${artist.name}:`;
  part(".wall").append(...paintings.map((work) => hang(work, group)));
  section.ontoggle = () => { if (section.open) drawCareer(part(".career"), group); };
  if (ordered) drawAxis(part(".axis"), group);
  else drawUndated(part(".axis"), group);
  part(".about").textContent = about(group);
  return section;
}

function drawUndated(axis, group) {
  const rows = element("div");
  rows.setAttribute("role", "list");
  rows.append(...group.paintings.map((work) => drawRow(work, group)));
  axis.append(rows);
}

function drawChoice(choice, group) {
  const names = state.answer.artists.filter(({ dated }) => dated).map(({ name }) => name);
  if (group.artist.given && !names.includes(group.artist.name)) names.push(group.artist.name);
  choice.append(new Option("the most likely painter", ""), ...names.map((name) => new Option(name, name)));
  choice.value = group.choice;
  choice.onchange = () => choosePainter(group, choice.value);
}

// Returns what the folded group says of its works.
function extent({ paintings, ordered }) {
  const works = counted(paintings.length, "work");
  if (!ordered) return `${works}, not dated`;
  const [first, last] = [paintings[0], paintings[paintings.length - 1]];
  return `${works}, ${first.year === last.year ? year(first) : `${year(first)} to ${last.year}`}`;
}

// Returns how well the models date the painter's works.
function accuracy({ artist, ordered, scope }) {
  const known = state.answer.artists.find(({ name }) => name === artist.name);
  if (!ordered || scope !== "own" || !known || known.pair_accuracy === null) return "";
  const { works, pair_accuracy, error_years, error_years_median } = known;
  return `For ${artist.name} the models put ${percent(pair_accuracy)} of pairs of works in the right order, where chance is 50\u00a0%, `
    + `and miss the year by ${error_years.toFixed(1)} years on average, where always the middle of the career misses by `
    + `${error_years_median.toFixed(1)}: measured on ${counted(works, "dated work")}, each left out in turn.`;
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
  frame.append(photo(work.file, work.file), element("span", year(work), work.known ? "fact" : "year"));
  frame.onclick = () => openWork(work, group);
  const item = element("li");
  item.append(frame);
  return item;
}
