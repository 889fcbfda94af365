/** Somebody who speaks MLS as well as the pages do and whom the line's authority never signed. */
import { join } from 'node:path';
import { keep, root } from './paths.mjs';
import { run } from './processes.mjs';

/** The identity of every caller (docs/e2ee.md). */
const ANONYMOUS = 'quietline caller v1';

/** Bundles the web's own MLS code for Node.js. */
async function mls() {
  const folder = join(keep, 'rogue');
  const entry = join(import.meta.dirname, 'rogue.entry.ts');
  const bundler = join(root, 'web/node_modules/.bin/rolldown');
  const names = ['--entry-file-names', 'rogue.mjs', '--chunk-file-names', '[name].mjs'];
  const output = ['--dir', folder, ...names, '--platform', 'node', '--format', 'esm'];
  await run(bundler, [entry, ...output], { cwd: join(root, 'web') });
  return import(join(folder, 'rogue.mjs'));
}

const bytes = (base64) => new Uint8Array(Buffer.from(base64, 'base64'));

export class Rogue {
  #mls;
  #keys;
  #name;
  #role;

  /** `role`: what the credential claims; it is signed by a key of the rogue's own. */
  static async appear({ name = 'Alex', role = 'clinician' } = {}) {
    const rogue = new Rogue();
    rogue.#mls = await mls();
    rogue.#keys = await rogue.#mls.generateKeys();
    rogue.#name = name;
    rogue.#role = role;
    return rogue;
  }

  /** A staff credential as docs/e2ee.md describes it, but for the signature. */
  async #credential() {
    const { toBase64Url, utf8, sign } = this.#mls;
    const seconds = Math.floor(Date.now() / 1000);
    const part = (claims) => toBase64Url(utf8(JSON.stringify(claims)));
    const claims = {
      iss: 'quietline authority',
      sub: '0123456789abcdef0123456789abcdef',
      name: this.#name,
      role: this.#role,
      iat: seconds - 10,
      exp: seconds + 3600,
      cnf: { jwk: { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(this.#keys.publicKey) } },
    };
    const said = `${part({ alg: 'EdDSA', typ: 'quietline-staff+jwt', kid: '0123456789abcdef' })}.${part(claims)}`;
    return `${said}.${toBase64Url(await sign(this.#keys.privateKey, utf8(said)))}`;
  }

  /** A KeyPackage, base64, as staff without a true signature. */
  async staffKeyPackage() {
    const { message } = await this.#mls.keyPackage(await this.#credential(), this.#keys);
    return this.#mls.toBase64(message);
  }

  /** A KeyPackage, base64, as an anonymous caller: there is nothing to sign in that one. */
  async callerKeyPackage() {
    const { message } = await this.#mls.keyPackage(ANONYMOUS, this.#keys);
    return this.#mls.toBase64(message);
  }

  /**
   * A group of the rogue's own with the caller in it.
   * @param {string} call the call's id, hex
   * @param {string} callerKeyPackage base64
   * @returns {Promise<{ commit: string, welcome: string }>} base64
   */
  async groupWith(call, callerKeyPackage) {
    const own = await this.#mls.keyPackage(await this.#credential(), this.#keys);
    const group = await this.#mls.makeGroup(own, new Uint8Array(Buffer.from(call, 'hex')));
    const { commit, welcome } = await this.#mls.commit(group, this.#mls.addPublished(bytes(callerKeyPackage)));
    return { commit: this.#mls.toBase64(commit), welcome: this.#mls.toBase64(welcome) };
  }
}
