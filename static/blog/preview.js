/* The button "Preview": sends what is typed and shows the answer in the sandboxed frame beside the editor. */
"use strict";

(() => {
  const start = () => {
    const button = document.querySelector("[data-preview-url]");
    const frame = document.querySelector("[data-preview-frame]");
    const status = document.querySelector("[data-preview-status]");
    const form = button && document.getElementById(button.dataset.previewForm);
    if (!button || !frame || !form) return;

    const say = (text) => {
      status.textContent = text;
      status.hidden = !text;
    };

    button.addEventListener("click", async () => {
      const typed = new FormData(form);
      const data = new URLSearchParams();
      for (const name of ["title", "body", "language", "csrfmiddlewaretoken"]) data.set(name, typed.get(name) ?? "");
      button.disabled = true;
      try {
        const answer = await fetch(button.dataset.previewUrl, { method: "POST", body: data, credentials: "same-origin" });
        if (answer.redirected || answer.status === 403) {
          say("You are signed out. Sign in again in another tab, then press Preview.");
        } else if (!answer.ok) {
          say(answer.status === 413 ? await answer.text() : "The preview could not be made. Try again in a moment.");
        } else {
          frame.srcdoc = await answer.text();
          say("");
        }
      } catch (error) {
        say("The server cannot be reached. What you typed is still here; try again in a moment.");
      } finally {
        button.disabled = false;
      }
    });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
