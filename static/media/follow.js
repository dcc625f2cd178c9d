/* The text follows the player, and a click on a time goes there. */
"use strict";

(() => {
  const start = () => {
    const player = document.querySelector("[data-player]");
    const lines = [...document.querySelectorAll("[data-cues] > li")];
    if (!player || !lines.length) return;
    let now = null;
    player.addEventListener("timeupdate", () => {
      const at = player.currentTime * 1000;
      const line = lines.find((one) => at >= Number(one.dataset.start) && at < Number(one.dataset.end)) || null;
      if (line === now) return;
      if (now) now.removeAttribute("aria-current");
      now = line;
      if (!line) return;
      line.setAttribute("aria-current", "true");
      if (!line.contains(document.activeElement)) line.scrollIntoView({ block: "nearest" });
    });
    for (const line of lines) {
      line.querySelector("button").addEventListener("click", () => {
        player.currentTime = Number(line.dataset.start) / 1000;
        player.play();
      });
    }
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
