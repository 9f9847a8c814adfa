// The sign of life of an open page, every 15 seconds while it is in sight. Its answer says who else
// is here, what changed, how long the session lasts; no answer says that the network is gone.
//
// Other features hear each answer: `grid.life.hear((answer) => …)`, where `answer.kind` is "saved"
// (alive) or one of the failures of transport.js.
import { Transport } from "./transport.js";

const EVERY = 15_000;

export class Life {
  constructor(grid) {
    this.grid = grid;
    this.transport = grid.transport ?? new Transport(grid.form);
    this.since = grid.form.dataset.since;
    this.listeners = [];
    grid.life = this;
    grid.onSaved?.(() => {
      grid.status.trouble = null;
    });
    document.addEventListener("visibilitychange", () => this.beat());
    addEventListener("online", () => this.beat());
    addEventListener("offline", () => this.beat());
    // Features that are built after this one hear the first answer too.
    queueMicrotask(() => this.beat());
  }

  hear(listener) {
    this.listeners.push(listener);
  }

  // Asks now, and again later; one request at a time.
  beat() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.beat(), EVERY);
    if (document.visibilityState === "hidden") return this.asking;
    this.asking ??= this.ask().finally(() => {
      this.asking = null;
    });
    return this.asking;
  }

  async ask() {
    const answer = await this.transport.deliver(this.grid.form.dataset.life, () => this.request());
    if (answer.kind === "saved") this.since = answer.since;
    this.grid.status.face?.(answer.kind === "saved" ? null : answer);
    if (answer.kind === "saved") this.grid.queue?.retryNow();
    for (const listener of this.listeners) listener(answer);
    return answer;
  }

  request() {
    const chapter = this.grid.rows.entered?.closest("tbody").dataset.chapter ?? "";
    return {
      method: "POST",
      redirect: "error",
      headers: this.transport.headers(),
      body: new URLSearchParams({ chapter, since: this.since }),
    };
  }
}
