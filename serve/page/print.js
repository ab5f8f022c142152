// Prints every group unfolded.
"use strict";

let folded = [];

window.addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details.group:not([open])")];
  for (const group of folded) group.open = true;
});
window.addEventListener("afterprint", () => { for (const group of folded) group.open = false; });
