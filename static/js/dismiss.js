// Hides a part marked data-dismissible="<cookie name>" and remembers it for a year.
const YEAR = 365 * 24 * 3600;

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-dismiss]");
  const part = link && link.closest("[data-dismissible]");
  if (!part) return;
  event.preventDefault();
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${part.dataset.dismissible}=non; Max-Age=${YEAR}; Path=/; SameSite=Lax${secure}`;
  part.remove();
  document.getElementById("contenu")?.focus();
});
