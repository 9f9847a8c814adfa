// One POST for one field (send) or for several (sendMany), and what its answer means.
// It never throws: it says what happened.
//   saved     {version, saved_at, counters}
//   conflict  {theirs, author, at, version}
//   refused   {error}   the value, or the right, is at fault: sending again changes nothing
//   session   {error, other}   signed out; or somebody else (`other`) is signed in in this browser
//   server    server in trouble: try again
//   network   no answer: try again

const TIMEOUT = 10_000;
const TOKEN = "[name=csrfmiddlewaretoken]";

export class Transport {
  // `form` is the grid; for a member who reads, what stands in its place.
  constructor(form) {
    this.form = form;
  }

  get token() {
    return tokenIn(this.form);
  }

  send(edit) {
    return this.deliver(this.address(edit.ref), () => this.request(edit));
  }

  // The answer as a whole, with `outcomes` in the order of the edits when it is "saved".
  sendMany(edits, act) {
    const body = JSON.stringify({
      act,
      edits: edits.map(({ ref, field, value, base }) => ({ ref, field, value, version: base })),
    });
    return this.deliver(`${this.form.dataset.points}../ensemble/`, () => ({
      method: "POST",
      redirect: "error",
      headers: { ...this.headers(), "Content-Type": "application/json" },
      body,
    }));
  }

  async deliver(address, request) {
    const first = await this.post(address, request());
    // Signing in again, in another tab, changes the token of the forms.
    if (first.kind !== "stale") return first;
    return (await this.renewToken()) ? this.post(address, request()) : { kind: "session", error: "" };
  }

  async post(address, request) {
    try {
      return await read(await fetch(address, { signal: AbortSignal.timeout(TIMEOUT), ...request }));
    } catch {
      return { kind: "network" };
    }
  }

  // When the page goes away: the browser finishes the request by itself.
  sendAndForget(edit) {
    try {
      fetch(this.address(edit.ref), { ...this.request(edit), keepalive: true }).catch(() => {});
    } catch {
      // Too much text at once for the browser: the page has asked before it was left.
    }
  }

  address(ref) {
    return `${this.form.dataset.points}${encodeURIComponent(ref)}/`;
  }

  // The server refuses what this page holds once somebody else is signed in.
  headers() {
    return { "X-CSRFToken": this.token, "X-Page-User": this.form.dataset.user, Accept: "application/json" };
  }

  request(edit) {
    return {
      method: "POST",
      headers: this.headers(),
      body: new URLSearchParams({ field: edit.field, value: edit.value, version: edit.base }),
      redirect: "error",
    };
  }

  async renewToken() {
    try {
      const page = await fetch(location.pathname, { redirect: "error" });
      const parsed = new DOMParser().parseFromString(await page.text(), "text/html");
      const fresh = parsed.getElementById(this.form.id);
      if (fresh) this.form.querySelector(TOKEN).value = tokenIn(fresh);
      return Boolean(fresh);
    } catch {
      return false;
    }
  }
}

// A page behind a personal link has none.
const tokenIn = (form) => form.querySelector(TOKEN)?.value ?? "";

async function read(response) {
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  if (response.ok && isJson) return { kind: "saved", ...(await response.json()) };
  // 413: too much at once; tried again, each value goes alone.
  if (response.status >= 500 || [413, 429].includes(response.status)) return { kind: "server" };
  if (!isJson) return { kind: response.status === 403 ? "stale" : "server" };
  const kind = { 401: "session", 409: "conflict" }[response.status] ?? "refused";
  return { kind, ...(await response.json()) };
}
