/* The panel of checked facts: is asked for anew when somebody stops typing, and selects a fact in the field it is in. */
"use strict";

(() => {
  const PAUSE = 700; // ms
  const PARTS = ["title", "body", "excerpt", "seo_title", "seo_description"];

  const start = () => {
    const panel = document.querySelector("[data-facts-url]");
    const form = panel && document.getElementById(panel.dataset.factsForm);
    if (!panel || !form) return;
    const found = panel.querySelector("[data-facts-found]");
    const status = panel.querySelector("[data-facts-status]");
    let timer = 0;
    let asked = 0;

    const say = (text) => {
      status.textContent = text;
      status.hidden = !text;
    };
    const showButtons = () => {
      for (const button of found.querySelectorAll("[data-facts-part]")) button.hidden = false;
    };

    const check = async () => {
      const mine = (asked += 1);
      const typed = new FormData(form);
      const data = new URLSearchParams();
      for (const name of [...PARTS, "csrfmiddlewaretoken"]) data.set(name, typed.get(name) ?? "");
      try {
        const answer = await fetch(panel.dataset.factsUrl, { method: "POST", body: data, credentials: "same-origin" });
        if (mine !== asked) return; // something newer was typed meanwhile
        if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
        const closed = [...found.querySelectorAll("details")].map((part) => part.open);
        found.innerHTML = await answer.text(); // our own template, which escapes what was typed
        found.querySelectorAll("details").forEach((part, place) => { part.open = closed[place] ?? part.open; });
        showButtons();
        say("Checked as typed. Not saved yet.");
      } catch (error) {
        if (mine === asked) say("The facts cannot be checked just now. They are checked again when you save.");
      }
    };

    form.addEventListener("input", (event) => {
      if (!PARTS.includes(event.target.name)) return;
      clearTimeout(timer);
      timer = setTimeout(check, PAUSE);
    });

    found.addEventListener("click", (event) => {
      const button = event.target.closest("[data-facts-part]");
      const field = button && form.elements[button.dataset.factsPart];
      if (!field) return;
      const letters = [...field.value]; // places count characters, the field counts UTF-16 units
      const place = (number) => letters.slice(0, number).join("").length;
      field.focus();
      field.setSelectionRange(place(Number(button.dataset.factsFirst)), place(Number(button.dataset.factsLast)));
    });

    showButtons();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
