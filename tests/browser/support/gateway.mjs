/** The built binary, `quietline serve`, in throwaway folders on free ports. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { binary, scratch } from './paths.mjs';
import { run, start, until } from './processes.mjs';

/** A port that is free for UDP and for TCP now. */
export async function freePort() {
  for (;;) {
    const tcp = createServer();
    const port = await new Promise((done) => tcp.listen(0, '127.0.0.1', () => done(tcp.address().port)));
    const udp = createSocket('udp4');
    const free = await new Promise((done) => {
      udp.once('error', () => done(false));
      udp.bind(port, '127.0.0.1', () => done(true));
    });
    await new Promise((closed) => tcp.close(closed));
    if (free) {
      await new Promise((closed) => udp.close(() => closed(undefined)));
      return port;
    }
  }
}

export class Gateway {
  #folder = scratch('gateway');
  #environment;
  #process;
  #log = '';
  ports;

  /**
   * @param {{ origins?: string[], environment?: Record<string, string>, prepare?: (gateway: Gateway) => unknown }} options `origins`: where pages are loaded from,
   *   beside the gateway itself
   */
  static async open({ origins = [], environment = {}, prepare = async () => {} } = {}) {
    const gateway = new Gateway();
    gateway.ports = { https: await freePort(), relay: await freePort(), internal: await freePort() };
    const { https, relay, internal } = gateway.ports;
    gateway.#environment = {
      QUIETLINE_SERVER_LISTEN: `127.0.0.1:${https}`,
      QUIETLINE_SERVER_ORIGINS: [...origins, `https://localhost:${https}`].join(','),
      QUIETLINE_DATA_FOLDER: join(gateway.#folder, 'data'),
      QUIETLINE_TLS_DEV_FOLDER: join(gateway.#folder, 'certs'),
      QUIETLINE_RELAY_LISTEN: '127.0.0.1',
      QUIETLINE_RELAY_PORT: String(relay),
      QUIETLINE_RELAY_WORKERS: '1',
      QUIETLINE_INTERNAL_LISTEN: `127.0.0.1:${internal}`,
      QUIETLINE_LOG_FORMAT: 'json',
      ...environment,
    };
    await prepare(gateway);
    await gateway.start();
    return gateway;
  }

  /** Starts it, or starts it again with the same folders and ports. Returns when it is ready. */
  async start() {
    this.#process = start(binary, ['serve'], { env: this.#environment, cwd: this.#folder });
    await until('the gateway', async () => {
      const { child, printed } = this.#process;
      assert.equal(child.exitCode, null, `the gateway ended at once: ${printed.stderr}`);
      return printed.stdout.trim().split('\n').length >= 3 && (await this.ready()) === 200;
    });
  }

  /** What `/readyz` answers: an HTTP status, or 0. */
  ready() {
    return this.internal('/readyz').then(
      ({ status }) => status,
      () => 0,
    );
  }

  /** @param {string} path */
  internal(path) {
    return new Promise((answered, failed) => {
      request({ host: '127.0.0.1', port: this.ports.internal, path }, (response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => answered({ status: response.statusCode, body }));
      })
        .on('error', failed)
        .end();
    });
  }

  get origin() {
    return `https://localhost:${this.ports.https}`;
  }

  /** The one-time enrolment link for another origin than the gateway's own, where pages come through a proxy. */
  enrolment(origin = this.origin) {
    const link = /https:\/\/\S+\/console\/?#enrol=[\w-]+/.exec(this.#process.printed.stdout)?.[0];
    assert.ok(link, `no enrolment link was printed: ${this.#process.printed.stdout}`);
    const { pathname, hash } = new URL(link);
    return `${origin}${pathname}${hash}`;
  }

  /** Runs a command of the binary with this gateway's configuration, and gives what it printed. */
  command(...args) {
    return run(binary, args, { env: this.#environment, cwd: this.#folder });
  }

  /** A one-time link of `quietline staff add`. */
  async link(...args) {
    return (await this.command('staff', 'add', ...args)).trim();
  }

  get folder() {
    return this.#folder;
  }

  get printed() {
    return this.#process.printed.stdout;
  }

  get log() {
    return this.#log + this.#process.printed.stderr;
  }

  get pid() {
    return this.#process.child.pid;
  }

  /** The authority that signed the certificate, and the certificate and its key. PEM files. */
  get authority() {
    return this.#certificate('ca.pem');
  }

  get certificate() {
    return { cert: readFileSync(this.#certificate('server.pem')), key: readFileSync(this.#certificate('server.key')) };
  }

  #certificate(name) {
    return join(this.#folder, 'certs', name);
  }

  /** A file of the data folder. */
  data(name) {
    return join(this.#folder, 'data', name);
  }

  /** Resident memory, KiB. */
  get residentKiB() {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1]);
  }

  /** Stops it as an operator does, and checks that it ended in good order. */
  async stop() {
    const { code, signal } = await this.#process.stop('SIGTERM');
    this.#log += this.#process.printed.stderr;
    this.#process.printed.stderr = '';
    assert.deepEqual({ code, signal }, { code: 0, signal: null }, `the gateway did not stop well: ${this.#log}`);
  }

  /** Ends it as a power cut does. */
  async kill() {
    await this.#process.stop('SIGKILL');
  }

  async close() {
    if (this.#process.child.exitCode === null && this.#process.child.signalCode === null) await this.stop();
    if (existsSync(this.#folder)) rmSync(this.#folder, { recursive: true, force: true });
  }
}
