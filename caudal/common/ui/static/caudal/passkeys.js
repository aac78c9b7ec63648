// Passkeys: a form waits for what the device answers and sends it. webauthn-json.js speaks to the device.
for (const form of document.querySelectorAll('form[data-passkey]')) {
  const failed = form.querySelector('[data-passkey-error]');
  const options = async () => form.dataset.from
    ? (await fetch(form.dataset.from, { headers: { Accept: 'application/json', 'X-Requested-With': 'XMLHttpRequest' } })).json()
    : JSON.parse(document.getElementById('passkey-options').textContent);
  const made = async () => {
    const { creation_options, request_options } = await options();
    if (form.dataset.passkey === 'get') return window.webauthnJSON.get(request_options);
    if (form.elements.passwordless?.checked) {
      const wanted = creation_options.publicKey.authenticatorSelection;
      Object.assign(wanted, { residentKey: 'required', requireResidentKey: true, userVerification: 'required' });
    }
    return window.webauthnJSON.create(creation_options);
  };
  form.hidden = !window.PublicKeyCredential;
  form.addEventListener('submit', async e => {
    e.preventDefault(); failed.hidden = true;
    try { form.elements.credential.value = JSON.stringify(await made()); form.submit(); } catch { failed.hidden = false; }
  });
}
