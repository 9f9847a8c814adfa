// Copies the text of a field: <button data-copy="id of the field" hidden>. Without it, one selects by hand.
for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = "Copié";
    } catch {
      // Not allowed here: the text is selected, Ctrl+C copies it.
    }
  });
}
