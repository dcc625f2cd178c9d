/* Sends a file with a progress bar; without scripts the form works as it is. */
"use strict";

(() => {
  const start = () => {
    const form = document.querySelector("form[data-upload]");
    if (!form) return;
    const bar = form.querySelector("[data-upload-bar]");
    const status = form.querySelector("[data-upload-status]");
    const problem = form.querySelector("[data-upload-problem]");
    const button = form.querySelector("button[type=submit]");

    const fail = (text) => {
      problem.textContent = text;
      problem.hidden = false;
      bar.hidden = true;
      status.textContent = "";
      button.disabled = false;
    };

    form.addEventListener("submit", (event) => {
      if (!form.elements.file.files.length) return; // an address is sent as it is
      event.preventDefault();
      button.disabled = true;
      problem.hidden = true;
      bar.hidden = false;
      const sending = new XMLHttpRequest();
      sending.open("POST", window.location.href);
      sending.setRequestHeader("Accept", "application/json");
      sending.responseType = "json";
      sending.upload.addEventListener("progress", (now) => {
        const done = now.lengthComputable ? Math.floor((100 * now.loaded) / now.total) : 0;
        bar.setAttribute("aria-valuenow", done);
        bar.firstElementChild.style.width = `${done}%`;
        status.textContent = done < 100 ? `${done} % sent` : "Sent. It is being looked at.";
      });
      sending.addEventListener("load", () => {
        if (sending.status === 200 && sending.response && sending.response.url) window.location.href = sending.response.url;
        else if (sending.response && sending.response.problem) fail(sending.response.problem);
        else fail("The server refused the file. It may be too large, or you are signed out: load the page again.");
      });
      sending.addEventListener("error", () => fail("The connection broke off. Nothing was kept: send it again."));
      sending.send(new FormData(form));
    });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
