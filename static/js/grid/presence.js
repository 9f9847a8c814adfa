// Who else is here, in one discreet line. It informs; it never locks anything, and is never announced.

const SHOWN = 2;

// Pure: what the line says of `others`, each {name, place}.
export function inWords(others) {
  if (!others.length) return "";
  const [first, ...rest] = others.slice(0, SHOWN);
  const more = others.length - SHOWN;
  const said = [
    first.place ? `${first.name} travaille sur ${first.place}` : `${first.name} est aussi ici`,
    ...rest.map(({ name, place }) => (place ? `${name} sur ${place}` : name)),
  ].join(", ");
  if (more <= 0) return said;
  return `${said} et ${more === 1 ? "1 autre personne" : `${more} autres personnes`}`;
}

export class Presence {
  constructor(grid) {
    this.line = Object.assign(document.createElement("p"), { className: "presence", hidden: true });
    grid.page.querySelector(".grid-bar").append(this.line);
    grid.life.hear((answer) => this.show(answer.others ?? []));
  }

  show(others) {
    const text = inWords(others);
    this.line.hidden = !text;
    if (this.line.textContent !== text) this.line.textContent = text;
  }
}
