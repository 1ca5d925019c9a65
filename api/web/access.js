// Who looks: the page's token becomes a cookie that scripts cannot read. It comes in the address, behind #token=, which
// is never sent to a server and goes from the address at once, or is typed in.

async function signIn(token) {
  const answer = await fetch("/v1/session", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ token }),
  });
  return answer.ok;
}

function tokenInAddress() {
  const found = /^#token=([A-Za-z0-9_]+)$/.exec(location.hash);
  if (!found) return null;
  history.replaceState(null, "", location.pathname + location.search);
  return found[1];
}

/// Resolves once reading is allowed: at once where it is already, else when somebody has signed in.
export async function allowed(form) {
  const token = tokenInAddress();
  if (token) await signIn(token);
  const answer = await fetch("/v1/sites");
  if (answer.status !== 401) return answer;
  form.hidden = false;
  return new Promise((resolve) => {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const field = form.querySelector("input");
      const wrong = form.querySelector(".wrong");
      const fine = await signIn(field.value.trim());
      wrong.hidden = fine;
      if (!fine) return;
      field.value = "";
      form.hidden = true;
      resolve(await fetch("/v1/sites"));
    });
  });
}

export async function signOut() {
  await fetch("/v1/session", { method: "DELETE" });
  location.reload();
}
