// A form with data-confirm="<id of a dialog>" asks before it is sent.
// The dialog holds <button value="oui"> in a <form method="dialog">. Without JavaScript the form
// is sent as it is: the server asks then, with the confirmation panel.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const dialog = form.dataset.confirm && document.getElementById(form.dataset.confirm);
  if (!dialog || form.dataset.confirmed) return;
  event.preventDefault();
  const submitter = event.submitter;
  dialog.returnValue = "";
  dialog.addEventListener(
    "close",
    () => {
      if (dialog.returnValue !== "oui") return;
      form.dataset.confirmed = "oui";
      form.requestSubmit(submitter);
      delete form.dataset.confirmed;
    },
    { once: true },
  );
  dialog.showModal();
});
