/* Keeps the queue pages up to date: asks data-numbers-url every few seconds and sets what is marked with data-live*.
   It pauses while the tab is hidden or the reader unticks it. Text from outside is only ever set as text. */
"use strict";

(() => {
  const PACE = 3000;
  const SLOWEST = 30000;
  const PATIENCE = 10000;
  const SAY_EVERY = 30000; // a screen reader is not told more often

  const set = (element, text) => {
    if (element && element.textContent !== String(text)) element.textContent = text;
  };

  class Numbers {
    constructor(root) {
      this.root = root;
      this.failures = 0;
      this.timer = 0;
      this.isAsking = false;
      this.isOver = false;
      this.summary = null;
      this.saidAt = 0;
      const holder = root.querySelector("[data-live-switch]");
      this.switch = holder.querySelector("input");
      this.switch.checked = true; // a browser may remember it from before
      holder.hidden = false;
      this.switch.addEventListener("change", () => this.wake());
      document.addEventListener("visibilitychange", () => this.wake());
      window.addEventListener("online", () => this.wake());
      this.later(PACE);
    }

    get isResting() {
      return this.isOver || document.hidden || !this.switch.checked;
    }

    wake() {
      if (!this.isResting) this.ask();
    }

    later(delay) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.ask(), delay);
    }

    async ask() {
      if (this.isAsking || this.isResting) return;
      clearTimeout(this.timer);
      this.isAsking = true;
      const stop = new AbortController();
      const tooLong = setTimeout(() => stop.abort(), PATIENCE);
      try {
        const answer = await fetch(this.root.dataset.numbersUrl, {
          credentials: "same-origin",
          headers: { Accept: "application/json" },
          signal: stop.signal,
        });
        if (answer.redirected || [401, 403, 404].includes(answer.status)) {
          this.giveUp("You are signed out or may not see this any more. Reload the page.");
        } else if (!answer.ok) {
          throw new Error(`status ${answer.status}`);
        } else {
          this.show(await answer.json());
          this.failures = 0;
          this.say("");
        }
      } catch (error) {
        this.failures += 1;
        this.say("Connection lost, trying again. The numbers are those of the last answer; the work itself goes on.");
      } finally {
        clearTimeout(tooLong);
        this.isAsking = false;
      }
      if (!this.isOver) this.later(Math.min(PACE * 2 ** this.failures, SLOWEST));
    }

    giveUp(text) {
      this.isOver = true;
      this.switch.parentElement.hidden = true;
      this.say(text);
    }

    say(text) {
      const place = this.root.querySelector("[data-live-connection]");
      set(place, text);
      place.hidden = !text;
    }

    show(data) {
      for (const [name, values] of Object.entries(data.queues)) {
        const place = `[data-queue="${CSS.escape(name)}"]`;
        this.showQueue(this.root.matches(place) ? this.root : this.root.querySelector(place), values);
      }
      this.showProblems(data.problems);
      this.showChart(data.chart);
      if (data.workers) this.showWorkers(data.workers);
      set(this.root.querySelector("[data-live-at]"), `As of ${new Date().toLocaleTimeString()}`);
      this.tell(data.summary);
    }

    showQueue(place, values) {
      if (!place) return;
      for (const element of place.querySelectorAll("[data-live]")) {
        const value = values[element.dataset.live];
        if (value === undefined) continue;
        set(element, value);
        const holder = element.closest("[data-label], [data-state]");
        if (holder) holder.toggleAttribute("data-zero", value === 0 || value === "-");
        const link = element.closest("[data-href]");
        if (link && value) link.href = link.dataset.href;
        else if (link) link.removeAttribute("href");
        if (element.dataset.live === "label") element.dataset.state = values.look;
      }
      for (const element of place.querySelectorAll("[data-live-show]")) {
        element.hidden = !values[element.dataset.liveShow];
      }
    }

    showProblems(problems) {
      const place = this.root.querySelector("[data-live-problems]");
      const shown = [...place.children].map((note) => note.lastElementChild.textContent);
      if (shown.join("\n") === problems.join("\n")) return;
      const pattern = this.root.querySelector("template[data-live-problem]").content.firstElementChild;
      place.replaceChildren(
        ...problems.map((problem) => {
          const note = pattern.cloneNode(true);
          note.lastElementChild.textContent = problem;
          return note;
        }),
      );
    }

    showWorkers(workers) {
      const table = this.root.querySelector("[data-live-workers]");
      table.hidden = !workers.length;
      this.root.querySelector("[data-live-no-workers]").hidden = workers.length > 0;
      const rows = table.tBodies[0].rows;
      while (rows.length > workers.length) rows[rows.length - 1].remove();
      workers.forEach((worker, number) => {
        const row = rows[number] || table.tBodies[0].insertRow();
        Object.entries(worker).forEach(([label, text], column) => {
          let cell = row.cells[column];
          if (!cell) {
            cell = document.createElement(column ? "td" : "th");
            if (column) cell.dataset.label = label;
            else cell.scope = "row";
            row.append(cell);
          }
          set(cell, text);
        });
      });
    }

    showChart(data) {
      const canvas = this.root.querySelector("[data-live-chart] canvas");
      const chart = canvas && window.Chart && window.Chart.getChart(canvas);
      if (!chart) return;
      const before = JSON.stringify([chart.data.labels, chart.data.datasets.map((set) => set.data)]);
      if (before === JSON.stringify([data.labels, data.datasets.map((set) => set.data)])) return;
      chart.data.labels = data.labels;
      data.datasets.forEach((dataset, number) => {
        chart.data.datasets[number].data = dataset.data;
      });
      chart.update();
      [...this.root.querySelector("[data-live-days]").rows].forEach((row, day) => {
        data.datasets.forEach((dataset, number) => set(row.cells[number + 1], dataset.data[day]));
      });
    }

    tell(summary) {
      const isNew = this.summary !== null && summary !== this.summary;
      if (this.summary === null) this.summary = summary;
      if (!isNew || Date.now() - this.saidAt < SAY_EVERY) return;
      this.summary = summary;
      this.saidAt = Date.now();
      set(this.root.querySelector("[data-live-summary]"), summary);
    }
  }

  for (const root of document.querySelectorAll("[data-numbers-url]")) new Numbers(root);
})();
