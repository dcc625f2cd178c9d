/* The tree of a lesson: static/desk/progress.js asks how far the work is, this keeps the parts up to date. */
"use strict";

(() => {
  const start = () => {
    const root = document.querySelector("[data-progress-url]");
    const tree = root && root.querySelector("[data-tree]");
    const pattern = root && root.querySelector("template[data-tree-part]");
    if (!tree || !pattern) return;

    const fill = (item, part) => {
      const of = (name) => item.querySelector(`[data-of="${name}"]`);
      const say = (name, text) => {
        if (of(name).textContent !== text) of(name).textContent = text;
      };
      item.dataset.part = part.key;
      item.classList.toggle("pr-leaf", Boolean(part.number));
      say("number", part.number);
      say("link", part.name);
      say("name", part.name);
      say("facts", part.facts);
      say("state", part.label);
      say("redo-name", `: ${part.name}`);
      say("unlock-name", `: ${part.name}`);
      of("state").dataset.state = part.state;
      if (part.url) of("link").href = part.url;
      of("link").hidden = !part.url;
      of("name").hidden = Boolean(part.url);
      of("redo").hidden = !part.canRedo;
      of("wish").hidden = !part.number;
      of("unlock").hidden = !part.canUnlock;
      item.querySelector("[name=stage]").value = part.key;
      item.querySelector("[name=section]").value = part.key;
    };

    root.addEventListener("progress", (event) => {
      (event.detail.parts || []).forEach((part, place) => {
        let item = [...tree.children].find((one) => one.dataset.part === part.key);
        if (!item) {
          item = pattern.content.firstElementChild.cloneNode(true);
          tree.insertBefore(item, tree.children[place] || null);
        }
        fill(item, part);
      });
    });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
