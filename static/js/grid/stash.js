// What is not saved yet survives a reload of this tab, for this person and this assessment only.
// sessionStorage, not localStorage: a PC of a ward is shared. Signing out wipes it.

export class Stash {
  constructor({ assessment, user }) {
    this.key = `clausier:attente:${user}:${assessment}`;
    document.addEventListener("submit", (event) => {
      if (event.target.action?.includes("/deconnexion/")) sessionStorage.clear();
    });
  }

  keep(entries) {
    try {
      if (!entries.length) return sessionStorage.removeItem(this.key);
      const kept = entries.map(({ ref, field, value, base, unsure }) => ({ ref, field, value, base, unsure }));
      sessionStorage.setItem(this.key, JSON.stringify(kept));
    } catch {
      // No place left: the page still holds everything, and asks before it is left.
    }
  }

  read() {
    try {
      return JSON.parse(sessionStorage.getItem(this.key) ?? "[]");
    } catch {
      return [];
    }
  }
}
