/* The estimate beside the button that starts something: asks the server whenever the form changes. */
"use strict";

(() => {
  const start = () => {
    const place = document.querySelector("[data-estimate-url]");
    const form = place && document.getElementById(place.dataset.estimateForm);
    if (!form) return;
    let timer = 0;
    let asked = 0;

    // A long text has no room in an address: such forms are sent.
    const send = () => {
      const url = place.dataset.estimateUrl;
      const data = new FormData(form);
      if (place.dataset.estimateMethod === "post") {
        return fetch(url, { method: "POST", body: data, credentials: "same-origin" });
      }
      const query = new URLSearchParams(data);
      query.delete("csrfmiddlewaretoken");
      return fetch(`${url}?${query}`, { credentials: "same-origin" });
    };

    const ask = async () => {
      const mine = ++asked;
      try {
        const answer = await send();
        if (!answer.ok || mine !== asked) return;
        const { text } = await answer.json();
        place.textContent = text ? `${place.dataset.estimateLabel ?? "Estimate: "}${text}` : "";
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
