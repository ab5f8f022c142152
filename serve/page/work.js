// The dialog for one work: what is known of it, its date, and the way to the works beside it.
"use strict";

const opened = { work: null, group: null };

function openWork(work, group) {
  showWork(work, group);
  if (!$("work").open) $("work").showModal();
}

function showWork(work, group) {
  Object.assign(opened, { work, group });
  const picture = Object.assign(photo(work.file, ""), { id: "work-picture" });
  $("work-picture").replaceWith(picture);
  $("work-title").textContent = work.file;
  $("work-year").textContent = dating(work, group);
  $("date").value = state.known.get(work.file) || "";
  showNearest(work, group);
  prepareComparison(work, group);
  $("work-artists").replaceChildren(...work.artists.map(shareItem));
  const place = group.paintings.indexOf(work);
  // not disabled, which would take the focus out of the dialog
  $("previous").setAttribute("aria-disabled", place === 0);
  $("next").setAttribute("aria-disabled", place === group.paintings.length - 1);
}

function dating(work, group) {
  const doubt = work.doubt && ` Is that right? It is ${work.doubt}.`;
  if (work.year === null) return "Not dated.";
  if (group.dates.has(work.file)) return `${group.dates.get(work.file)}, as you set it.${doubt}`;
  if (work.in_catalogue) return `${work.in_catalogue.date}. The catalogue has this picture: ${work.in_catalogue.painting_id}, ${work.in_catalogue.artist}.${doubt}`;
  const condition = conditionOf(work, group);
  return `About ${work.year}${condition && `, ${condition}`}; 80 % interval ${Math.round(work.low)} to ${Math.round(work.high)}.${doubt}`
    + (work.beyond && !doubt ? " It extends beyond the years of the dated works." : "");
}

// Shows the dated works that the models find most similar; their pictures when these have come.
async function showNearest(work, group) {
  const { name } = group.artist;
  $("nearest-title").textContent = `The most similar dated works by ${name}`;
  $("nearest-title").hidden = !work.nearest.length;
  const show = (thumbnails) => $("nearest").replaceChildren(...work.nearest.map((dated) => nearestItem(dated, name, thumbnails)));
  show(new Map());
  const thumbnails = await thumbnailsOf(work.nearest.map(({ painting_id }) => painting_id));
  if (opened.work === work) show(thumbnails);
}

// The catalogue's own columns show as a tooltip.
function nearestItem({ painting_id, date, similarity, columns }, artist, thumbnails) {
  const source = thumbnails.get(painting_id);
  const item = element("li");
  item.append(figure(source && image(source, ""), [titleIn(columns) || painting_id, artist, date, `similarity ${percent(similarity)}`]));
  item.title = described(columns);
  return item;
}

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
  if (!places || [$("date"), $("other")].includes(event.target) || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  step(places);
};
$("work").onpointerdown = (event) => { if (event.target === $("work") && isOutside(event)) $("work").close(); };
$("fix").onsubmit = (event) => {
  event.preventDefault();
  setDate(opened.work.file, $("date").value.trim());
  $("work").close();
};
