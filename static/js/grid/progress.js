// How far the work is, in words and as a bar. The chapters are counted here, as the rows come to hold a
// score or lose it, whoever wrote it; of the whole, the server says the last word.

// Pure: the newest of two counts of the server, whose answers may overtake each other on the way.
export const newest = (known, told) => (known && known.as_of > told.as_of ? known : told);

export class Progress {
  constructor(page) {
    this.text = page.querySelector("[data-progress]");
    this.bar = page.querySelector(".grid-bar progress");
    this.missing = page.querySelector("[data-missing]");
    this.page = page;
    const [scored, total, answered] = this.text.textContent.match(/\d+/g).map(Number);
    this.overall = { scored, total, answered };
  }

  // A score appeared (+1) or went away (-1) in this row.
  scoredBy(row, change) {
    if (!change) return;
    this.overall.scored += change;
    const chapter = row.closest("tbody").dataset.chapter;
    const [scored, total] = this.count(chapter).textContent.split("/").map(Number);
    this.show();
    this.showChapter(chapter, scored + change, total);
  }

  // While something waits to be saved, what the page counts is ahead of the server.
  fromServer({ counters }, isWaiting) {
    this.told = newest(this.told, counters);
    if (isWaiting) return;
    this.overall = { ...this.told };
    this.show();
  }

  show() {
    const { scored, total, answered } = this.overall;
    this.text.textContent = `Points notés\u00a0: ${scored} sur ${total}\u202f; réponses saisies\u00a0: ${answered}`;
    this.bar.value = scored;
    this.missing.hidden = scored === total;
  }

  showChapter(chapter, scored, total) {
    this.count(chapter).textContent = `${scored}/${total}`;
    this.item(chapter).classList.toggle("is-done", scored === total);
  }

  // Where the person is working.
  enter(row) {
    const chapter = row.closest("tbody").dataset.chapter;
    if (chapter === this.chapter) return;
    this.chapter = chapter;
    for (const link of this.page.querySelectorAll(".chapters a")) {
      if (link.parentElement.dataset.chapter === chapter) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  item(chapter) {
    return this.page.querySelector(`.chapters [data-chapter="${chapter}"]`);
  }

  count(chapter) {
    return this.item(chapter).querySelector(".chapter-count");
  }
}
