/* The composer: shows how each platform would take what is typed, as the server sees it; orders the chosen files.
   Without this script the form works all the same. */
"use strict";

(() => {
  const PAUSE = 500;
  const form = document.querySelector("[data-look-url]");
  if (!form) return;
  const place = form.querySelector("[data-look]");
  const status = form.querySelector("[data-look-status]");
  const picker = form.querySelector("[data-picker]");
  let timer = 0;
  let asked = 0;

  const show = (text) => {
    status.textContent = text;
  };

  const look = async () => {
    const mine = ++asked;
    const data = new URLSearchParams(new FormData(form));
    try {
      const answer = await fetch(form.dataset.lookUrl, { method: "POST", body: data, credentials: "same-origin" });
      if (mine !== asked) return;
      if (answer.redirected || answer.status === 403) {
        show("You are signed out. Sign in again in another tab; what you typed is still here.");
      } else if (!answer.ok) {
        show("It could not be looked at. It is checked again when you save it.");
      } else {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        place.replaceChildren(...page.body.childNodes);
        show("");
      }
    } catch (error) {
      if (mine === asked) show("The server cannot be reached. What you typed is still here.");
    }
  };

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  };

  const variants = () => {
    const chosen = new Set([...form.querySelectorAll('[name="accounts"]:checked')].map((box) => box.value));
    for (const part of form.querySelectorAll("[data-variant]")) {
      part.hidden = !chosen.has(part.dataset.variant.replace("variant_", ""));
    }
  };

  const number = (box) => {
    const row = box.closest("li");
    const field = row.querySelector('[name^="place_"]');
    row.classList.toggle("pr-picked", box.checked);
    if (box.checked && !field.value) {
      const taken = [...picker.querySelectorAll(".pr-picked")].map((one) => Number(one.querySelector('[name^="place_"]').value) || 0);
      field.value = String(Math.max(0, ...taken) + 1);
    } else if (!box.checked) {
      field.value = "";
    }
  };

  form.addEventListener("input", later);
  form.addEventListener("change", (event) => {
    if (event.target.name === "accounts") variants();
    if (event.target.name === "picked") number(event.target);
    later();
  });

  const search = form.querySelector("[data-file-search]");
  if (search) {
    search.addEventListener("input", (event) => {
      event.stopPropagation();
      const words = search.value.trim().toLowerCase();
      for (const row of picker.children) {
        row.hidden = Boolean(words) && !row.dataset.title.includes(words) && !row.classList.contains("pr-picked");
      }
    });
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
  }
  variants();
})();
