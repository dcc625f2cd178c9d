/* Shows parts of a page anew without loading all of it: every element with data-part and an id is replaced by the one
   that the server makes now, if its data-version has changed (always, where it has none).

   data-part-watch  an element whose text changes when there is something new (static/desk/progress.js keeps it)
   data-part-form   a form that is sent with preview=1 while one types; nothing is saved by that */
"use strict";

(() => {
  const PAUSE = 500;

  function replaceParts(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    for (const part of document.querySelectorAll("[data-part]")) {
      const other = fresh.getElementById(part.id);
      if (!other || ("version" in other.dataset && other.dataset.version === part.dataset.version)) continue;
      part.replaceWith(document.adoptNode(other));
    }
  }

  async function load(url, options) {
    const answer = await fetch(url, { credentials: "same-origin", ...options });
    if (answer.redirected || !answer.ok) throw new Error(`status ${answer.status}`);
    return answer.text();
  }

  function watch(place) {
    let isLoading = false;
    let isStale = false;
    const refresh = async () => {
      isStale = true;
      if (isLoading) return;
      isLoading = true;
      while (isStale) {
        isStale = false;
        try {
          replaceParts(await load(location.href));
        } catch (error) {
          // progress.js says that the connection is lost; the next text brings the parts too
        }
      }
      isLoading = false;
    };
    new MutationObserver(refresh).observe(place, { childList: true, characterData: true, subtree: true });
  }

  function follow(form) {
    const status = form.querySelector("[data-part-status]");
    let timer = 0;
    let asked = 0;
    const show = async () => {
      clearTimeout(timer);
      const mine = ++asked;
      const body = new URLSearchParams(new FormData(form));
      body.set("preview", "1");
      try {
        const html = await load(form.action, { method: "POST", body });
        if (mine !== asked) return;
        replaceParts(html);
        if (status) status.textContent = "";
      } catch (error) {
        if (mine === asked && status) {
          status.textContent = "The preview could not be made. What you typed is still here; try again in a moment.";
        }
      }
    };
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(show, PAUSE);
    });
    form.addEventListener("submit", (event) => {
      if (!event.submitter || event.submitter.name !== "preview") return;
      event.preventDefault();
      show();
    });
  }

  const start = () => {
    for (const place of document.querySelectorAll("[data-part-watch]")) watch(place);
    for (const form of document.querySelectorAll("[data-part-form]")) follow(form);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
