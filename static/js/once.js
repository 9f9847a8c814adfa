// A second press on the same button, while the answer to the first is awaited, sends nothing: what
// is shown once (the address of a link, a token) would be lost, and an act would be told refused.
// Listened to last, after whoever keeps a form in the page or asks before it is sent.
const PATIENCE = 5000; // ms: an answer that is a file leaves the page here, its button still useful
const sent = new WeakMap(); // form → what pressed it, and when (ms)

window.addEventListener("submit", (event) => {
  const { target: form, submitter, timeStamp: at } = event;
  if (event.defaultPrevented || form.method !== "post") return;
  const last = sent.get(form);
  if (last && last.submitter === submitter && at - last.at < PATIENCE) event.preventDefault();
  else sent.set(form, { submitter, at });
});
