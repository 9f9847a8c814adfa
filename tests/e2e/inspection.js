// What the browser tests read in a page: contrasts, overflow, where the focus is and how it shows.
// Evaluated once in each page; everything is computed from what the browser would paint.
globalThis.inspection = (() => {
  const TEXT = 4.5;
  const PART = 3; // borders, rings, parts of a chart
  const CLEAR = { r: 0, g: 0, b: 0, a: 0 };

  // -- Colours ---------------------------------------------------------------------------------

  function colour(text) {
    const [r = 0, g = 0, b = 0, a = 1] = (text.match(/-?[\d.]+(e-?\d+)?/g) ?? []).map(Number);
    if (text === "transparent" || text === "none" || !text) return CLEAR;
    if (text.startsWith("color(srgb")) return { r: r * 255, g: g * 255, b: b * 255, a };
    if (!text.startsWith("rgb")) throw new Error(`a colour that is not understood: ${text}`);
    return { r, g, b, a };
  }

  function over(top, bottom) {
    const mix = (name) => top[name] * top.a + bottom[name] * (1 - top.a);
    return { r: mix("r"), g: mix("g"), b: mix("b"), a: 1 };
  }

  function luminance({ r, g, b }) {
    const linear = (value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  }

  function contrast(first, second) {
    const [low, high] = [luminance(first), luminance(second)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }

  /** What is painted behind the content of an element. */
  function ground(element) {
    const layers = [];
    for (let one = element; one; one = one.parentElement) {
      const layer = colour(getComputedStyle(one).backgroundColor);
      layers.push(layer);
      if (layer.a === 1) break;
    }
    const canvas = { r: 255, g: 255, b: 255, a: 1 };
    return layers.reverse().reduce((below, layer) => over(layer, below), canvas);
  }

  // -- What is seen ----------------------------------------------------------------------------

  function isSeen(element) {
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    const { width, height } = element.getBoundingClientRect();
    return width > 1 && height > 1 && !element.closest(".visually-hidden");
  }

  function name(element) {
    const words = (element.getAttribute("aria-label") || element.textContent || element.name || "").trim();
    const classes = element.getAttribute("class") ?? "";
    return `${element.tagName.toLowerCase()}${classes ? `.${classes.split(/\s+/).join(".")}` : ""} « ${words.slice(0, 40)} »`;
  }

  function pseudo(element, which) {
    const style = getComputedStyle(element, which);
    const words = style.content.startsWith('"') ? style.content.split('"')[1] : "";
    return words.trim() ? style : null;
  }

  // -- Contrast of texts -----------------------------------------------------------------------

  function* texts() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const known = new Set();
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      if (!walker.currentNode.data.trim() || known.has(element)) continue;
      known.add(element);
      if (!element.closest("script, style, template, noscript, title, datalist") && isSeen(element)) yield element;
    }
  }

  function textProblems() {
    const problems = [];
    const judge = (element, text, what) => {
      const below = ground(element);
      const given = contrast(over(colour(text), below), below);
      if (given < TEXT) problems.push(`${what} ${name(element)} : ${given.toFixed(2)}`);
    };
    for (const element of texts()) {
      const style = getComputedStyle(element);
      judge(element, element instanceof SVGElement ? style.fill : style.color, "text");
    }
    for (const element of document.body.querySelectorAll("*")) {
      if (!isSeen(element)) continue;
      for (const which of ["::before", "::after"]) {
        const style = pseudo(element, which);
        if (style) judge(element, style.color, which);
      }
      if (element.placeholder) judge(element, getComputedStyle(element, "::placeholder").color, "placeholder of");
      if (element.matches("input:not([type=checkbox], [type=radio]), select, textarea")) judge(element, getComputedStyle(element).color, "value of");
    }
    return problems;
  }

  // -- Contrast of parts -----------------------------------------------------------------------

  const SIDES = ["Top", "Right", "Bottom", "Left"];

  function borders(element, sides = SIDES) {
    const style = getComputedStyle(element);
    return sides.map((side) => {
      const isDrawn = style[`border${side}Style`] !== "none" && parseFloat(style[`border${side}Width`]) > 0;
      return isDrawn ? colour(style[`border${side}Color`]) : CLEAR;
    });
  }

  function isBare(element) {
    return borders(element).every(({ a }) => a === 0);
  }

  /** How well the edge of an element stands out of what surrounds it. */
  function edge(element, sides) {
    const around = ground(element.parentElement);
    const border = Math.min(...borders(element, sides).map((side) => contrast(over(side, around), around)));
    return Math.max(border, contrast(ground(element), around));
  }

  /** The fields and the buttons; the words of a choice stand for the radio that they hide. */
  function* controls() {
    for (const element of document.querySelectorAll("input, select, textarea, button, a.btn")) {
      if (element.type === "hidden") continue;
      const label = element.closest("label");
      const isUnderItsLabel = label && getComputedStyle(element).opacity === "0";
      const shown = isUnderItsLabel ? label : element;
      const style = getComputedStyle(shown);
      const isDrawnByTheBrowser = /^(checkbox|radio)$/.test(shown.type) && style.appearance !== "none";
      // A button written as a link or as a word has no edge: its text is judged.
      const isWords = shown.matches("button:not(.btn)") && colour(style.backgroundColor).a === 0 && isBare(shown);
      if (isSeen(shown) && !isDrawnByTheBrowser && !isWords) yield shown;
    }
  }

  function partProblems() {
    const problems = [];
    const judge = (element, given, what) => {
      if (given < PART) problems.push(`${what} ${name(element)} : ${given.toFixed(2)}`);
    };
    for (const element of controls()) judge(element, edge(element), "edge of");
    for (const element of document.querySelectorAll(".badge-status, .notice, .field-invalid, .error-summary, .confirm")) {
      const side = element.matches(".confirm") ? "Top" : "Left";
      const around = ground(element.parentElement);
      if (isSeen(element)) judge(element, contrast(over(borders(element, [side])[0], around), around), "bar of");
    }
    for (const element of document.querySelectorAll("progress, meter")) {
      if (isSeen(element)) judge(element, edge(element), "edge of");
    }
    for (const element of document.querySelectorAll("figure svg :is(rect, polygon, path, circle):not(.chart-rule)")) {
      if (isSeen(element)) judge(element, shape(element), "part of a chart");
    }
    return problems;
  }

  function shape(element) {
    const below = ground(element.closest("figure"));
    const style = getComputedStyle(element);
    const painted = [
      [style.fill, style.fillOpacity],
      [style.stroke, style.strokeOpacity],
    ].map(([text, opacity]) => {
      const paint = colour(text);
      return contrast(over({ ...paint, a: paint.a * Number(opacity) }, below), below);
    });
    return Math.max(...painted);
  }

  // -- Focus -----------------------------------------------------------------------------------

  const TABBABLE = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  const TOLERANCE = 1.5;
  const PARTS_OF_A_FIELD = 8; // Tab goes through the day, the month, the year …
  let seen = new Map(); // with its label: one button may serve each row in turn
  let last = null;
  let repeats = 0;
  let rounds = 0;

  /** Start a walk where the page puts the focus. */
  function startWalk() {
    seen = new Map();
    rounds = 0;
  }

  /** Judge the element that has the focus. An empty answer: the walk has gone around. */
  function stop() {
    const element = document.activeElement ?? document.body;
    repeats = element === last ? repeats + 1 : 0;
    last = element;
    if (repeats && repeats < PARTS_OF_A_FIELD) return { name: name(element), problems: [] };
    if (seen.has(element) && seen.get(element) === element.ariaLabel) return null;
    if (element === document.body) {
      rounds += 1; // between the last stop and the first one
      return rounds > 2 ? null : { name: "the page", problems: [] };
    }
    seen.set(element, element.ariaLabel);
    return { name: name(element), problems: [...placeProblems(element), ...ringProblems(element)] };
  }

  function placeProblems(element) {
    const whole = element.getBoundingClientRect();
    const first = element.getClientRects()[0] ?? whole;
    if (whole.width < 1 || whole.height < 1) return ["is not seen"];
    const { innerWidth: width, innerHeight: height } = window;
    const isInside =
      first.left >= -TOLERANCE && first.right <= width + TOLERANCE &&
      (first.height > height || (first.top >= -TOLERANCE && first.bottom <= height + TOLERANCE));
    if (!isInside) return [`is out of sight (${Math.round(first.left)}, ${Math.round(first.top)})`];
    const x = (Math.max(first.left, 0) + Math.min(first.right, width)) / 2;
    const y = (Math.max(first.top, 0) + Math.min(first.bottom, height)) / 2;
    const hit = document.elementFromPoint(x, y);
    const isReached = hit && (element.contains(hit) || element.closest("label")?.contains(hit));
    return isReached ? [] : [`is covered by ${hit ? name(hit) : "nothing"}`];
  }

  /** The ring stands on the element, or on the words of the choice that it hides under. */
  function ringProblems(element) {
    const ringed = [element, element.closest("label")].find((one) => one && hasRing(one));
    if (!ringed) return ["shows no focus"];
    const style = getComputedStyle(ringed);
    const isWithin = parseFloat(style.outlineOffset) < 0;
    const below = ground(isWithin ? ringed : ringed.parentElement);
    const given = contrast(over(colour(style.outlineColor), below), below);
    return given < PART ? [`has a ring of ${given.toFixed(2)}`] : [];
  }

  function hasRing(element) {
    const style = getComputedStyle(element);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && getComputedStyle(element).opacity !== "0";
  }

  /** What Tab should have reached and did not; one radio stands for its group, a part for its row. */
  function missed() {
    const reached = [...seen.keys()];
    const groups = new Set(reached.filter(({ type }) => type === "radio").map(({ name: group }) => group));
    return [...document.querySelectorAll(TABBABLE)]
      .filter((one) => !seen.has(one) && !one.disabled && one.tabIndex >= 0 && one.type !== "hidden")
      .filter((one) => one.type !== "radio" || !groups.has(one.name))
      .filter((one) => !reached.some((other) => one.contains(other)))
      .filter((one) => one.checkVisibility({ visibilityProperty: true }))
      .map(name);
  }

  // -- The page --------------------------------------------------------------------------------

  /** Titles, language, and what is wider than the window. */
  function frame() {
    return {
      title: document.title,
      headings: document.querySelectorAll("h1").length,
      language: document.documentElement.lang,
    };
  }

  function overflow() {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room && document.body.scrollWidth <= room) return [];
    return [...document.body.querySelectorAll("*")]
      .filter((one) => one.getBoundingClientRect().right > room + 1 && isSeen(one))
      .slice(0, 5)
      .map(name);
  }

  return { frame, missed, overflow, partProblems, startWalk, stop, textProblems };
})();
