// Tells the other tabs of this browser that something was saved: an open summary asks again at once.

export class Broadcast {
  constructor(grid) {
    const channel = new BroadcastChannel("clausier:saved");
    grid.onSaved(() => channel.postMessage(grid.form.dataset.assessment));
  }
}
