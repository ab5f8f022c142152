// Shows what the models' own record says of a painter: what they learned from, and how well that was measured.
"use strict";

const UNANSWERED = [["Not known now", "The service did not answer. Close this and open it to ask again."]];

function prepareCard(card, group) {
  const { name } = group.artist;
  card.querySelector("summary").textContent = `What the models know of ${name}, and their limits`;
  card.ontoggle = async () => {
    if (!card.open || card.filled) return;
    const answer = await find(`v1/artists/${encodeURIComponent(name)}`);
    card.filled = Boolean(answer);
    const said = answer ? facts(answer.card) : UNANSWERED;
    card.querySelector("dl").replaceChildren(...said.flatMap(([term, text]) => [element("dt", term), element("dd", text)]));
  };
}

function facts({ works, scope, first_year, last_year, median_year, loo, val }) {
  if (!works) return [["Dating", "The models have too few dated works by this painter to date others."]];
  const said = [
    ["Learned from", `${counted(works.train + works.val, "dated work")}, ${first_year} to ${last_year}, half of them before ${Math.round(median_year)}`],
    ["Dated by", scope === "own" ? "the painter’s own works" : "a trend shared by all painters, little better than chance"],
  ];
  if (loo) said.push(["Each work left out in turn", measured(loo)]);
  if (val) {
    const held = val.interval_coverage === null ? "" : `; ${Math.round(val.interval_coverage * val.n)} of ${val.n} inside their 80 % interval`;
    said.push([`${counted(val.n, "work")} set aside`, `${measured(val)}${held}`]);
  }
  return said;
}

function measured({ pairs, pair_accuracy, mae_years }) {
  const order = pair_accuracy === null ? "" : `${percent(pair_accuracy)} of ${counted(pairs, "pair")} in the right order; `;
  return `${order}years missed by ${mae_years.toFixed(1)} on average`;
}
