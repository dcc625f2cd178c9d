/* The calendar: moves a publication to another day, by dragging or with Alt and the arrow keys. The server decides;
   what it does not allow goes back to where it was. Without this script everything is moved on its own page. */
"use strict";

(() => {
  const root = document.querySelector("[data-move-url]");
  if (!root) return;
  const status = root.querySelector("[data-move-status]");
  const token = root.querySelector('[name="csrfmiddlewaretoken"]').value;
  let dragged = null;

  const say = (words, isProblem) => {
    status.textContent = words;
    status.classList.toggle("pr-problem", isProblem);
    status.hidden = false;
  };

  const put = (chip, list) => {
    const time = chip.querySelector(".pr-chip-time").textContent;
    const after = [...list.children].find((one) => one.querySelector(".pr-chip-time").textContent > time);
    list.insertBefore(chip, after || null);
    list.closest("[data-day]").classList.remove("pr-free");
  };

  const move = async (chip, cell) => {
    const before = chip.parentElement;
    const next = chip.nextElementSibling;
    if (!cell || before.closest("[data-day]") === cell) return;
    put(chip, cell.querySelector("[data-chips]"));
    chip.setAttribute("aria-busy", "true");
    const data = new URLSearchParams({ pk: chip.dataset.chip, day: cell.dataset.day, csrfmiddlewaretoken: token });
    let words = "The server cannot be reached. Nothing was moved; try again in a moment.";
    let isDone = false;
    try {
      const answer = await fetch(root.dataset.moveUrl, { method: "POST", body: data, credentials: "same-origin" });
      if (answer.redirected || !(answer.headers.get("Content-Type") || "").includes("json")) {
        words = "You are signed out, or may not move it. Reload the page.";
      } else {
        words = (await answer.json()).words;
        isDone = answer.ok;
      }
    } catch (error) {
      isDone = false;
    }
    chip.removeAttribute("aria-busy");
    if (!isDone) before.insertBefore(chip, next);
    say(words, !isDone);
  };

  const chipOf = (event) => event.target.closest("[data-may-move]");

  root.addEventListener("dragstart", (event) => {
    dragged = chipOf(event);
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.chip);
    dragged.classList.add("pr-dragged");
  });
  root.addEventListener("dragend", () => {
    if (dragged) dragged.classList.remove("pr-dragged");
    for (const cell of root.querySelectorAll(".pr-over-day")) cell.classList.remove("pr-over-day");
    dragged = null;
  });
  root.addEventListener("dragover", (event) => {
    const cell = event.target.closest("[data-day]");
    if (!dragged || !cell) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    for (const one of root.querySelectorAll(".pr-over-day")) if (one !== cell) one.classList.remove("pr-over-day");
    cell.classList.add("pr-over-day");
  });
  root.addEventListener("drop", (event) => {
    const cell = event.target.closest("[data-day]");
    if (!dragged || !cell) return;
    event.preventDefault();
    move(dragged, cell);
  });

  const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
  root.addEventListener("keydown", async (event) => {
    const chip = chipOf(event);
    if (!chip || !event.altKey || !(event.key in STEPS)) return;
    event.preventDefault();
    const cell = chip.closest("[data-day]");
    if (!cell) return;
    const day = new Date(`${cell.dataset.day}T12:00:00Z`);
    day.setUTCDate(day.getUTCDate() + STEPS[event.key]);
    const there = root.querySelector(`[data-day="${day.toISOString().slice(0, 10)}"]`);
    if (!there) {
      say("That day is not shown. Go to its month or week first.", true);
      return;
    }
    await move(chip, there);
    chip.querySelector("a").focus();
  });

  const all = root.querySelector("[data-tick-all]");
  if (all) {
    all.addEventListener("change", () => {
      for (const box of root.querySelectorAll('[name="ticked"]')) box.checked = all.checked;
    });
  }
})();
