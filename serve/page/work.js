// The dialog for one work: what is known of it, its date, and the way to the works beside it.
"use strict";

const opened = { work: null, group: null };

function openWork(work, group) {
  showWork(work, group);
  if (!$("work").open) $("work").showModal();
}

function showWork(work, group) {
  Object.assign(opened, { work, group });
  $("work-picture").src = state.pictures.get(work.file) || "data:,";
  $("work-title").textContent = work.file;
  $("work-year").textContent = dating(work, group);
  $("date").value = state.known.get(work.file) || "";
  $("nearest").replaceChildren(...work.nearest.map(nearestItem));
  $("nearest-title").textContent = `Nearest dated works by ${group.artist.name}`;
  $("nearest-title").hidden = !work.nearest.length;
  $("work-artists").replaceChildren(...work.artists.map(shareItem));
  const place = group.paintings.indexOf(work);
  // not disabled, which would take the focus out of the dialog
  $("previous").setAttribute("aria-disabled", place === 0);
  $("next").setAttribute("aria-disabled", place === group.paintings.length - 1);
}

function dating(work, group) {
  if (work.year === null) return "Not dated.";
  if (group.dates.has(work.file)) return `${group.dates.get(work.file)}, as you set it.`;
  if (work.in_catalogue) return `${work.in_catalogue.date}. The catalogue has this picture: ${work.in_catalogue.painting_id}, ${work.in_catalogue.artist}.`;
  const doubt = conditionOf(work, group);
  return `About ${work.year}${doubt && `, ${doubt}`}; 80 % interval ${Math.round(work.low)} to ${Math.round(work.high)}.`
    + (work.beyond ? " It extends beyond the years of the dated works." : "");
}

// The catalogue's own columns show as a tooltip.
function nearestItem({ painting_id, date, similarity, columns }) {
  const item = element("li", [date, titleIn(columns), painting_id, `similarity ${percent(similarity)}`].filter(Boolean).join(", "));
  item.title = described(columns);
  return item;
}

const described = (columns) => Object.entries(columns).map(([name, text]) => `${name}: ${text}`).join("\n");

// Returns the title of a work in its catalogue's own columns; undefined where no column is named so.
const titleIn = (columns) => (Object.entries(columns).find(([name, text]) => text && /title/i.test(name)) || [])[1];

function step(places) {
  const { paintings } = opened.group;
  const work = paintings[paintings.indexOf(opened.work) + places];
  if (work) showWork(work, opened.group);
}

function isOutside({ clientX, clientY }) {
  const { left, right, top, bottom } = $("work").getBoundingClientRect();
  return clientX < left || clientX > right || clientY < top || clientY > bottom;
}

$("previous").onclick = () => step(-1);
$("next").onclick = () => step(1);
$("work").onkeydown = (event) => {
  const places = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!places || event.target === $("date") || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  step(places);
};
$("work").onpointerdown = (event) => { if (isOutside(event)) $("work").close(); };
$("fix").onsubmit = (event) => {
  event.preventDefault();
  const { file } = opened.work;
  if ($("date").value.trim()) state.known.set(file, $("date").value.trim());
  else state.known.delete(file);
  $("work").close();
  settle();
};
