// What sticks under the line of the state follows its height: an alert or a selection makes it grow.
// The point that has the focus does not slip under it.

export function followBar(bar) {
  const root = document.documentElement;
  let before = 0;
  const tell = () => {
    const isSticky = getComputedStyle(bar).position === "sticky";
    root.style.setProperty("--bar-height", `${isSticky ? bar.offsetHeight : 0}px`);
    const after = parseFloat(getComputedStyle(root).scrollPaddingTop) || 0;
    // Once the browser has moved the page by itself to keep what was in sight.
    if (after > before) requestAnimationFrame(() => uncover(after));
    before = after;
  };
  new ResizeObserver(tell).observe(bar);
}

function uncover(head) {
  const row = document.activeElement?.closest("tr.point");
  if (!row) return;
  const { top, bottom } = row.getBoundingClientRect();
  if (top < head && bottom > 0 && top >= 0) scrollBy({ top: top - head, behavior: "instant" });
}
