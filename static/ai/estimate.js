/* The estimate beside the button that starts something: asks the server whenever the form changes. */
"use strict";

(() => {
  const start = () => {
    const place = document.querySelector("[data-estimate-url]");
    const form = place && document.getElementById(place.dataset.estimateForm);
    if (!form) return;
    let timer = 0;
    let asked = 0;

    const ask = async () => {
      const query = new URLSearchParams(new FormData(form));
      query.delete("csrfmiddlewaretoken");
      const mine = ++asked;
      try {
        const answer = await fetch(`${place.dataset.estimateUrl}?${query}`, { credentials: "same-origin" });
        if (!answer.ok || mine !== asked) return;
        const { text } = await answer.json();
        place.textContent = text ? `Estimate: ${text}` : "";
      } catch (error) {
        place.textContent = "";
      }
    };
    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(ask, 300);
    };
    form.addEventListener("input", later);
    form.addEventListener("change", later);
    ask();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
