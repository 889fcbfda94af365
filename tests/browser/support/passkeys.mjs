/**
 * A passkey for a page: in Chromium the browser's own virtual authenticator (CDP, domain WebAuthn); in Firefox, where only
 * Marionette has one, an authenticator in the page that answers as the browser would (WebAuthn Level 3, 6.1 and 6.5).
 */

/**
 * Gives the page an authenticator with a person at it. Before the page is loaded.
 * @param {import('puppeteer-core').Page} page
 * @param {'chromium' | 'firefox'} kind
 */
export async function giveAuthenticator(page, kind) {
  if (kind === 'firefox') {
    await page.evaluateOnNewDocument(authenticatorInThePage);
    return undefined;
  }
  const debug = await page.createCDPSession();
  await debug.send('WebAuthn.enable');
  const { authenticatorId } = await debug.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    /** Whether the person is recognised. */
    verifies: (isUserVerified) => debug.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
    /** What is on it. */
    passkeys: async () => (await debug.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    /** Loses it. */
    lose: () => debug.send('WebAuthn.clearCredentials', { authenticatorId }),
  };
}

/** Runs in the page, before its own scripts. */
function authenticatorInThePage() {
  const known = new Map();
  const utf8 = (text) => new TextEncoder().encode(text);
  const join = (...parts) => new Uint8Array(parts.flatMap((part) => [...new Uint8Array(part)]));
  const base64Url = (bytes) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes)))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replace(/=+$/, '');
  const sha256 = (bytes) => crypto.subtle.digest('SHA-256', bytes);
  const clientData = (type, challenge) =>
    utf8(JSON.stringify({ type, challenge: base64Url(challenge), origin: location.origin, crossOrigin: false }));
  const made = (prototype, members) =>
    Object.create(prototype, Object.fromEntries(Object.entries(members).map(([name, value]) => [name, { value }])));
  const credential = (id, response) =>
    made(PublicKeyCredential.prototype, { id: base64Url(id), rawId: id.buffer, type: 'public-key', response });
  // ECDSA signatures of WebAuthn are DER (RFC 3279), those of WebCrypto are not.
  const der = (signature) => {
    const integer = (bytes) => {
      let at = 0;
      while (at < bytes.length - 1 && bytes[at] === 0) at += 1;
      const short = bytes.slice(at);
      const positive = short[0] >= 128 ? join([0], short) : short;
      return join([2, positive.length], positive);
    };
    const both = join(integer(signature.slice(0, 32)), integer(signature.slice(32)));
    return join([0x30, both.length], both);
  };

  // The empty page that a tab begins with is no secure context, and has no credentials.
  if (navigator.credentials === undefined) return;
  navigator.credentials.create = async ({ publicKey }) => {
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
    const point = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
    const id = crypto.getRandomValues(new Uint8Array(16));
    known.set(base64Url(id), { pair, counter: 0 });
    const key = join(
      [0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20],
      point.slice(1, 33),
      [0x22, 0x58, 0x20],
      point.slice(33),
    );
    const data = join(await sha256(utf8(publicKey.rp.id)), [0x45, 0, 0, 0, 0], new Uint8Array(16), [0, 16], id, key);
    const object = join(
      [0xa3, 0x63],
      utf8('fmt'),
      [0x64],
      utf8('none'),
      [0x67],
      utf8('attStmt'),
      [0xa0, 0x68],
      utf8('authData'),
      [0x58, data.length],
      data,
    );
    const response = made(AuthenticatorAttestationResponse.prototype, {
      attestationObject: object.buffer,
      clientDataJSON: clientData('webauthn.create', publicKey.challenge).buffer,
      getTransports: () => ['internal'],
    });
    return credential(id, response);
  };
  navigator.credentials.get = async ({ publicKey }) => {
    const allowed = publicKey.allowCredentials.find(({ id }) => known.has(base64Url(id)));
    if (!allowed) throw new DOMException('', 'NotAllowedError');
    const found = known.get(base64Url(allowed.id));
    found.counter += 1;
    const data = join(await sha256(utf8(publicKey.rpId)), [5, 0, 0, 0, found.counter]);
    const client = clientData('webauthn.get', publicKey.challenge);
    const said = join(data, await sha256(client));
    const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, found.pair.privateKey, said);
    const response = made(AuthenticatorAssertionResponse.prototype, {
      authenticatorData: data.buffer,
      clientDataJSON: client.buffer,
      signature: der(new Uint8Array(signature)).buffer,
      userHandle: null,
    });
    return credential(new Uint8Array(allowed.id), response);
  };
}
