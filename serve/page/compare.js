// Says why two works of a group stand in their order.
"use strict";

const SUPPORTED = 2 / 3; // chance from which an order is told from none, as SUPPORTED in lib/dating/order.py

function prepareComparison(work, group) {
  const others = group.ordered ? group.paintings.filter((other) => other !== work) : [];
  $("comparison").hidden = !others.length;
  if (!others.length) return;
  $("other").replaceChildren(...others.map((other) => new Option(`${other.position}. ${other.file}`, other.position)));
  const beside = group.paintings[group.paintings.indexOf(work) - 1] || others[0];
  $("other").value = beside.position;
  $("other").onchange = () => drawComparison(work, others.find(({ position }) => position === Number($("other").value)), group);
  drawComparison(work, beside, group);
}

function drawComparison(work, other, group) {
  const [earlier, later] = work.position < other.position ? [work, other] : [other, work];
  $("why").textContent = reason(earlier, later, group);
  $("pair").replaceChildren(...[earlier, later].map((one) => figure(photo(one.file, ""), [one.file, evidence(one)])));
}

function reason(earlier, later, { temperature }) {
  if (earlier.known && later.known) return "Both dates are known; they put the works in this order. Where they overlap, style does.";
  const chance = 1 / (1 + Math.exp((earlier.score - later.score) / temperature));
  return `Chance that ${earlier.file} is the earlier: ${percent(chance)}.`
    + (chance < SUPPORTED ? " Do not rely on it: where the models gave less than 67\u00a0%, the order of works that they had not seen was right 59\u00a0% of the time."
      : " Where the models gave 67\u00a0% or more, the order of works that they had not seen was right 83\u00a0% of the time.");
}

function evidence(work) {
  if (work.known) return `${work.year}, a known date`;
  const nearest = work.nearest.map((dated) => dated.year).sort((one, two) => one - two).join(", ");
  return `about ${work.year}, ${Math.round(work.low)} to ${Math.round(work.high)}; most similar dated works of ${nearest}`;
}
