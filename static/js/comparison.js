// The comparison by keyboard: one stop of the Tab key for the whole table, then the arrows go from
// cell to cell. Without this module every cell is a link that Tab reaches.

const STEPS = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

const region = document.getElementById("tableau");

/** The links of the cells, row by row; heads and sums keep their own place in the order of Tab. */
function rows() {
  return [...region.querySelectorAll("tr")]
    .map((row) => [...row.querySelectorAll(":scope > td[class] > a")])
    .filter((links) => links.length);
}

/** Bring a cell out from under the head and the first column, then the region into the window. */
function reveal(link) {
  const cell = link.parentElement.getBoundingClientRect();
  const frame = region.getBoundingClientRect();
  const corner = region.querySelector("thead th").getBoundingClientRect();
  region.scrollTop += beyond(cell.top, cell.bottom, frame.top + corner.height, frame.top + region.clientHeight);
  region.scrollLeft += beyond(cell.left, cell.right, frame.left + corner.width, frame.left + region.clientWidth);
  region.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
}

/** How far from ``least`` or ``most`` something from ``start`` to ``end`` is; the start counts more. */
function beyond(start, end, least, most) {
  if (start < least || end - start > most - least) return start - least;
  return Math.max(0, end - most);
}

function start() {
  const table = rows();
  if (!table.length) return;
  let current = table[0][0];
  for (const link of table.flat()) link.tabIndex = -1;
  current.tabIndex = 0;

  function where(link) {
    const row = table.findIndex((links) => links.includes(link));
    return [row, table[row].indexOf(link)];
  }

  function go(row, column) {
    const links = table[Math.min(Math.max(row, 0), table.length - 1)];
    const link = links[Math.min(Math.max(column, 0), links.length - 1)];
    link.focus({ preventScroll: true });
    reveal(link);
  }

  function target({ key, ctrlKey }, [row, column]) {
    if (STEPS[key]) return [row + STEPS[key][0], column + STEPS[key][1]];
    if (key === "Home") return [ctrlKey ? 0 : row, 0];
    if (key === "End") return [ctrlKey ? Infinity : row, Infinity];
    return null;
  }

  region.addEventListener("focusin", ({ target: link }) => {
    if (!table.some((links) => links.includes(link))) return;
    current.tabIndex = -1;
    current = link;
    current.tabIndex = 0;
  });
  region.addEventListener("keydown", (event) => {
    if (event.altKey || event.metaKey || event.shiftKey) return;
    if (event.ctrlKey && !["Home", "End"].includes(event.key)) return;
    if (event.target !== current) return;
    const place = target(event, where(current));
    if (!place) return;
    event.preventDefault();
    go(...place);
  });
  region.dataset.ready = "";
}

if (region) start();
