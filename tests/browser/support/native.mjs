/** A native counsellor: the example `native_peer` (src/client) with a file as its microphone and its loudspeaker recorded. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { example } from './paths.mjs';
import { start, until } from './processes.mjs';

export class NativeCounsellor {
  #process;
  #lines = [];

  /**
   * Enrols a device by the gateway's link and goes available.
   * @param {import('./gateway.mjs').Gateway} gateway
   * @param {{ carrier?: 'webrtc' | 'shared', name?: string }} [options] `carrier`: who carries its leg, see docs/client.md
   */
  static async enrol(gateway, { carrier = 'shared', name = 'Sam' } = {}) {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const token = new URL(await gateway.link('--native')).hash.replace('#enrol=', '');
    const said = Buffer.from(`quietline enrol v1\n${gateway.origin}\n${token}`);
    const enrolled = await ask(gateway, 'POST', '/api/staff/enrol', {
      token,
      name,
      device_key: publicKey.export({ format: 'jwk' }).x,
      signature: sign(null, said, privateKey).toString('base64'),
    });
    const { authority } = await ask(gateway, 'GET', '/api/config');
    const peer = new NativeCounsellor();
    await peer.#begin(carrier, {
      origin: gateway.origin,
      trusted: gateway.authority,
      authority,
      credential: enrolled.credential,
      key_seed: Buffer.from(privateKey.export({ format: 'jwk' }).d, 'base64url').toString('hex'),
    });
    peer.#do('available');
    await peer.tells((line) => line.event === 'Available');
    return peer;
  }

  async #begin(carrier, who) {
    this.#process = start(example('native_peer'), ['--carrier', carrier], { stdin: 'pipe' });
    let rest = '';
    this.#process.child.stdout.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop();
      this.#lines.push(...lines.map((line) => JSON.parse(line)));
    });
    this.#write(who);
  }

  #write(line) {
    this.#process.child.stdin.write(`${JSON.stringify(line)}\n`);
  }

  #do(what, more = {}) {
    this.#write({ do: what, ...more });
  }

  /**
   * Waits until it tells something, and gives that.
   * @param {(line: any) => unknown} wanted
   */
  tells(wanted, patience = 30_000) {
    const find = () => {
      const { exitCode } = this.#process.child;
      assert.equal(exitCode, null, `the native peer ended: ${this.#process.printed.stderr}`);
      return this.#lines.find(wanted);
    };
    return until('the native peer', find, { patience }).catch((error) => {
      throw new Error(`${error.message}; it told ${JSON.stringify(this.#lines)}`);
    });
  }

  async answers() {
    await this.tells((line) => line.event === 'Offered');
    this.#do('answer');
    await this.tells((line) => line.event === 'FirstAudio');
  }

  async safetyWords() {
    return (await this.tells((line) => line.event === 'Words')).words;
  }

  async people() {
    return (await this.tells((line) => line.event === 'WhoCanHear')).people;
  }

  /** What it told of that is wrong. (A machine that is busy elsewhere for a second looks like a lost leg.) */
  get complaints() {
    return this.#lines.filter((line) => /^(Refused|Alarm)/.test(line.event ?? '')).map((line) => line.event);
  }

  /** Speaks a WAV file, to its end. */
  async say(file) {
    const before = this.#lines.length;
    this.#do('say', { file });
    await this.tells((line) => line.said === file && this.#lines.indexOf(line) >= before);
  }

  /** Records what it hears (or says) into a raw file, as `Person.record` does. */
  async record(file, where = 'speaker') {
    this.#do('record', { file, where });
    const { started_at: startedAt } = await this.tells((line) => line.recording === file);
    return {
      file,
      startedAt,
      stop: async () => {
        this.#do('stop', { file });
        await this.tells((line) => line.stopped === file);
        return { file, startedAt };
      },
    };
  }

  async close() {
    await this.#process.stop();
  }
}

function ask(gateway, method, path, body) {
  return new Promise((answered, failed) => {
    const { hostname, port } = new URL(gateway.origin);
    const headers = { origin: gateway.origin };
    const asked = request(
      { hostname, port, path, method, headers, ca: readFileSync(gateway.authority) },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () =>
          response.statusCode === 200 ? answered(JSON.parse(text)) : failed(new Error(`${path}: ${text}`)),
        );
      },
    );
    asked.on('error', failed);
    asked.end(body && JSON.stringify(body));
  });
}
