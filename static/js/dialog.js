// Opens a native <dialog> from any element with data-dialog-open="<id>".
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog-open]");
  const dialog = opener && document.getElementById(opener.dataset.dialogOpen);
  if (!dialog) return;
  event.preventDefault();
  dialog.showModal();
  // A browser gives the focus back to the opener by itself when the dialog closes.
});
