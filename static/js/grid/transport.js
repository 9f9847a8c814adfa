// One POST for one field, and what its answer means. It never throws: it says what happened.
//   saved     {version, saved_at, counters, chapter}
//   conflict  {theirs, author, at, version}
//   refused   {error}   the value, or the right, is at fault: sending again changes nothing
//   session   {error}   signed out
//   server    server in trouble: try again
//   network   no answer: try again

const TIMEOUT = 10_000;

export class Transport {
  constructor(form) {
    this.form = form;
  }

  get token() {
    return this.form.elements.csrfmiddlewaretoken.value;
  }

  async send(edit) {
    const first = await this.post(edit);
    // Signing in again, in another tab, changes the token of the forms.
    if (first.kind !== "stale") return first;
    return (await this.renewToken()) ? this.post(edit) : { kind: "session", error: "" };
  }

  async post(edit, options = {}) {
    try {
      const response = await fetch(this.address(edit.ref), {
        signal: AbortSignal.timeout(TIMEOUT),
        ...this.request(edit),
        ...options,
      });
      return await read(response);
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

  request(edit) {
    return {
      method: "POST",
      headers: { "X-CSRFToken": this.token, Accept: "application/json" },
      body: new URLSearchParams({ field: edit.field, value: edit.value, version: edit.base }),
      redirect: "error",
    };
  }

  async renewToken() {
    try {
      const page = await fetch(location.pathname, { redirect: "error" });
      const parsed = new DOMParser().parseFromString(await page.text(), "text/html");
      const fresh = parsed.querySelector("#grille [name=csrfmiddlewaretoken]")?.value;
      if (fresh) this.form.elements.csrfmiddlewaretoken.value = fresh;
      return Boolean(fresh);
    } catch {
      return false;
    }
  }
}

async function read(response) {
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  if (response.ok && isJson) return { kind: "saved", ...(await response.json()) };
  if (response.status >= 500 || response.status === 429) return { kind: "server" };
  if (!isJson) return { kind: response.status === 403 ? "stale" : "server" };
  const kind = { 401: "session", 409: "conflict" }[response.status] ?? "refused";
  return { kind, ...(await response.json()) };
}
