// The address says what is looked at: filters, view, point. A link sent to a colleague, the Back
// button and a reload come to the same place.

// Changes the query by `change(searchParams)`; with `push`, Back comes to what was before.
export function goTo(change, { push = false } = {}) {
  const address = new URL(location);
  change(address.searchParams);
  if (address.href === location.href) return;
  history[push ? "pushState" : "replaceState"](null, "", address);
}

export function currentRef() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return "";
  }
}

// The links of the page that keep the rest of the address follow it.
export function keepLinks(links, name, valueOf) {
  const tell = () => {
    for (const link of links) {
      const asked = new URLSearchParams(location.search);
      const value = valueOf(link);
      if (value) asked.set(name, value);
      else asked.delete(name);
      link.href = `?${asked}`;
    }
  };
  tell();
  return tell;
}
