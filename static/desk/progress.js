/* Follows a job: asks data-progress-url about once a second and updates what is marked with data-live-*.
   It stops when the job has ended, pauses while the tab is hidden, and depends on no other script.
   Text from outside is only ever set as text. */
"use strict";

(() => {
  const PACE = 1000;
  const SLOWEST = 15000;
  const PATIENCE = 10000;

  class Watch {
    constructor(root) {
      this.root = root;
      this.url = root.dataset.progressUrl;
      this.failures = 0;
      this.timer = 0;
      this.isAsking = false;
      this.isOver = "ended" in root.dataset;
      const log = root.querySelector("[data-live-log]");
      this.after = log && log.lastElementChild ? Number(log.lastElementChild.dataset.id) : 0;
      if (log) log.scrollTop = log.scrollHeight;
      const posts = root.querySelector("[data-live-posts]");
      this.seen = posts && posts.lastElementChild ? Number(posts.lastElementChild.dataset.id) : 0;
      document.addEventListener("visibilitychange", () => this.wake());
      window.addEventListener("online", () => this.wake());
      if (!this.isOver) this.later(PACE);
    }

    wake() {
      if (!this.isOver && !document.hidden) this.ask();
    }

    later(delay) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.ask(), delay);
    }

    async ask() {
      if (this.isAsking || this.isOver || document.hidden) return;
      clearTimeout(this.timer);
      this.isAsking = true;
      const stop = new AbortController();
      const tooLong = setTimeout(() => stop.abort(), PATIENCE);
      try {
        const answer = await fetch(`${this.url}?after=${this.after}&seen=${this.seen}`, {
          credentials: "same-origin",
          headers: { Accept: "application/json" },
          signal: stop.signal,
        });
        if (answer.redirected || answer.status === 401 || answer.status === 403) {
          this.giveUp("You are signed out or may not see this any more. Reload the page to sign in again.");
        } else if (answer.status === 404) {
          this.giveUp("This page is about something that no longer exists. Go back to the list.");
        } else if (!answer.ok) {
          throw new Error(`status ${answer.status}`);
        } else {
          const data = await answer.json();
          this.failures = 0;
          this.say("");
          this.show(data);
          this.root.dispatchEvent(new CustomEvent("progress", { detail: data }));
          this.isOver = data.ended;
          // What only the server shows (a quiz, a review) is there now.
          if (data.ended && "reloadAtEnd" in this.root.dataset) window.location.reload();
        }
      } catch (error) {
        this.failures += 1;
        this.say("Connection lost, trying again. The work itself goes on; nothing is lost.");
      } finally {
        clearTimeout(tooLong);
        this.isAsking = false;
      }
      if (!this.isOver) this.later(Math.min(PACE * 2 ** this.failures, SLOWEST));
    }

    giveUp(text) {
      this.isOver = true;
      this.say(text);
    }

    say(text) {
      const place = this.root.querySelector("[data-live-connection]");
      if (!place || place.textContent === text) return;
      place.textContent = text;
      place.hidden = !text;
    }

    show(data) {
      for (const element of this.root.querySelectorAll("[data-live-text]")) {
        const text = String(data[element.dataset.liveText] ?? "");
        if (element.textContent !== text) element.textContent = text;
      }
      for (const element of this.root.querySelectorAll("[data-live-show]")) {
        element.hidden = !data[element.dataset.liveShow];
      }
      for (const element of this.root.querySelectorAll("[data-live-link]")) {
        const link = data[element.dataset.liveLink];
        if (link) element.href = link;
      }
      for (const element of this.root.querySelectorAll("[data-live-state]")) element.dataset.state = data.state;
      for (const bar of this.root.querySelectorAll("[data-live-bar]")) {
        bar.setAttribute("aria-valuenow", data.percentage);
        bar.firstElementChild.style.width = `${data.percentage}%`;
      }
      this.showLog(data.log || []);
      this.showPosts(data.posts || []);
      this.showFailed(data.failed);
    }

    showLog(lines) {
      const log = this.root.querySelector("[data-live-log]");
      if (!log || !lines.length) return;
      const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
      for (const line of lines) {
        if (line.id <= this.after) continue;
        const item = document.createElement("li");
        item.dataset.level = line.level;
        const time = document.createElement("time");
        time.dateTime = line.at;
        time.textContent = line.time;
        const message = document.createElement("span");
        message.textContent = line.message;
        item.append(time, message);
        log.append(item);
        this.after = line.id;
      }
      this.hideEmpty("log");
      if (isAtEnd) log.scrollTop = log.scrollHeight;
    }

    showPosts(posts) {
      const list = this.root.querySelector("[data-live-posts]");
      const pattern = this.root.querySelector("template[data-live-post]");
      if (!list || !pattern) return;
      for (const post of posts) {
        if (post.id <= this.seen) continue;
        const item = pattern.content.firstElementChild.cloneNode(true);
        item.dataset.id = post.id;
        const title = item.querySelector("[data-post-title]");
        title.textContent = post.title;
        title.href = post.adminUrl;
        const badge = item.querySelector("[data-post-state]");
        badge.textContent = post.label;
        badge.dataset.state = post.state;
        const view = item.querySelector("[data-post-view]");
        if (post.url) view.href = post.url;
        else view.remove();
        list.append(item);
        this.seen = post.id;
      }
      if (posts.length) this.hideEmpty("posts");
    }

    showFailed(failed) {
      const list = this.root.querySelector("[data-live-failed]");
      if (!list || !failed || failed.length === list.children.length) return;
      list.replaceChildren(
        ...failed.map((pick) => {
          const item = document.createElement("li");
          const name = document.createElement("strong");
          name.textContent = pick.name;
          const reason = document.createElement("span");
          reason.textContent = pick.reason;
          item.append(name, reason);
          return item;
        }),
      );
    }

    hideEmpty(what) {
      const text = this.root.querySelector(`[data-live-empty="${what}"]`);
      if (text) text.hidden = true;
    }
  }

  const start = () => {
    for (const root of document.querySelectorAll("[data-progress-url]")) new Watch(root);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
