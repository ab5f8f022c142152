// Draws a painter's whole dated career, and the set's works in it.
"use strict";

const middle = ({ earliest, latest }) => Math.round(((earliest === null ? latest : earliest) + (latest === null ? earliest : latest)) / 2);

// Fills `place` when the years of the painter's works are known.
async function drawCareer(place, group) {
  const works = group.ordered ? await referencesOf(group.artist.name) : [];
  place.hidden = !works.length;
  if (!works.length) return;
  const years = works.map(middle);
  const own = group.paintings.map((work) => work.year);
  const [first, last] = [Math.min(...years, ...own), Math.max(...years, ...own)];
  const position = (year) => (100 * (year - first + 0.5)) / (last - first + 1);
  const bars = element("div", undefined, "bars");
  bars.append(...histogram(years, works, { position, width: 100 / (last - first + 1) }));
  const dots = element("div", undefined, "dots");
  dots.append(...group.paintings.map((work) => at(element("u", undefined, work.known ? "known" : undefined), position(work.year))));
  const scale = drawScale(first, last + 1, (year) => position(year));
  for (const part of [bars, dots, scale]) part.setAttribute("aria-hidden", "true");
  const span = (all) => (Math.min(...all) === Math.max(...all) ? `of ${all[0]}` : `from ${Math.min(...all)} to ${Math.max(...all)}`);
  const caption = `${counted(works.length, "dated work")} by ${group.artist.name} ${span(years)}, which the models learned from; `
    + `below them ${own.length > 1 ? "these works" : "this work"}, ${span(own)}.`;
  place.replaceChildren(element("figcaption", caption), bars, dots, scale);
}

function at(node, percent) {
  node.style.left = `${percent}%`;
  return node;
}

function histogram(years, works, { position, width }) {
  const byYear = new Map();
  years.forEach((year, number) => byYear.set(year, [...(byYear.get(year) || []), works[number]]));
  const most = Math.max(...[...byYear.values()].map((made) => made.length));
  return [...byYear].map(([year, made]) => {
    const bar = at(element("i"), position(year) - width / 2);
    bar.style.width = `${width}%`;
    bar.style.height = `${(100 * made.length) / most}%`;
    const titles = made.map(({ columns, painting_id }) => titleIn(columns) || painting_id);
    bar.title = [`${year}: ${counted(made.length, "work")}`, ...titles.slice(0, 8)].join("\n");
    return bar;
  });
}
