// Passkeys: asks the node for a challenge, the device for an answer, and sends the answer as an ordinary form.
(() => {
  "use strict";
  if (!window.PublicKeyCredential) {
    for (const form of document.querySelectorAll("form[data-passkey]")) form.hidden = true;
    return;
  }
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const fromJSON = (options) => {
    const read = { ...options, challenge: bytes(options.challenge) };
    if (options.user) read.user = { ...options.user, id: bytes(options.user.id) };
    for (const list of ["allowCredentials", "excludeCredentials"]) {
      if (options[list]) read[list] = options[list].map((entry) => ({ ...entry, id: bytes(entry.id) }));
    }
    return read;
  };
  const toJSON = (credential) => {
    const answer = credential.response;
    const response = { clientDataJSON: text(answer.clientDataJSON) };
    for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (answer[part]) response[part] = text(answer[part]);
    }
    if (answer.getTransports) response.transports = answer.getTransports();
    return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response,
      clientExtensionResults: credential.getClientExtensionResults(), authenticatorAttachment: credential.authenticatorAttachment };
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const error = form.querySelector("[data-passkey-error]");
    form.addEventListener("submit", async (event) => {
      if (form.elements.credential.value) return;
      event.preventDefault();
      event.stopPropagation();
      error.hidden = true;
      try {
        const asked = await fetch(`${form.getAttribute("action")}/challenge`, { method: "POST", body: new URLSearchParams(new FormData(form)) });
        if (!asked.ok) throw new Error(String(asked.status));
        const { options, key } = await asked.json();
        const publicKey = fromJSON(options);
        const credential = form.dataset.passkey === "make"
          ? await navigator.credentials.create({ publicKey })
          : await navigator.credentials.get({ publicKey });
        form.elements.key.value = key;
        form.elements.credential.value = JSON.stringify(toJSON(credential));
        form.requestSubmit();
      } catch {
        error.textContent = form.dataset.failed;
        error.hidden = false;
      }
    });
  }
})();
