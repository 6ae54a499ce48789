// Sends the server the reader's time zone, so that the next pages show local times. Every page works without this.
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const known = document.cookie.split("; ").includes("zone=" + zone);
  if (!zone || known) return;
  document.cookie = "zone=" + zone + "; path=/; max-age=31536000; samesite=lax";
  const kept = document.cookie.split("; ").includes("zone=" + zone);
  if (kept && document.body.dataset.zone !== zone && performance.getEntriesByType("navigation")[0]?.type === "navigate" && !document.querySelector("form:focus-within, .stack"))
    location.reload();
})();
