// Filters the model list while one types. Without scripts the field asks the server.
"use strict";
(() => {
  const form = document.querySelector("[data-model-search]");
  if (!form) return;
  const field = form.querySelector("input");
  const groups = [...document.querySelectorAll("[data-model-group]")];
  const wasOpen = new Map(groups.map((group) => [group, group.open]));
  const none = document.querySelector("[data-model-none]");
  const count = document.querySelector("[data-model-count]");
  form.querySelector("[data-model-submit]").hidden = true;

  function filter() {
    const words = field.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const group of groups) {
      const provider = group.querySelector("summary h3").textContent.toLowerCase();
      let here = 0;
      for (const row of group.querySelectorAll("[data-model]")) {
        row.hidden = !words.every((word) => row.dataset.model.includes(word) || provider.includes(word));
        here += row.hidden ? 0 : 1;
      }
      group.hidden = here === 0;
      group.open = words.length ? here > 0 : wasOpen.get(group);
      found += here;
    }
    none.hidden = found > 0 || groups.length === 0;
    count.textContent = words.length ? `${found} ${found === 1 ? "model matches" : "models match"}` : "";
  }

  field.addEventListener("input", filter);
  // The list on the page is all of it, unless the server was asked for a part.
  form.addEventListener("submit", (event) => {
    if (!new URLSearchParams(location.search).has("q")) event.preventDefault();
  });
})();
