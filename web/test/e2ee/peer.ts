import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fromBase64, toBase64, toHex } from '../../src/e2ee/bytes';
import { CALL } from './people';

/** The openmls side, as a process that speaks JSON lines: `examples/mls_peer.rs`. Its path is in QUIETLINE_MLS_PEER. */
export type Answer = Record<string, unknown>;

export class Peer {
  readonly #process: ChildProcess;
  readonly #waiting: ((answer: Answer) => void)[] = [];
  #ended: string | undefined;

  constructor() {
    const path = process.env.QUIETLINE_MLS_PEER;
    if (!path) {
      throw new Error(
        'QUIETLINE_MLS_PEER is not set: build the peer with `cargo build --example mls_peer` and give its path, or run `make test`',
      );
    }
    this.#process = spawn(path, [], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#process.on('error', (error) => this.#end(`the peer did not start: ${error.message}`));
    this.#process.on('exit', (code) => this.#end(`the peer ended with ${code}`));
    if (this.#process.stdout === null) throw new Error('the peer has no output');
    createInterface({ input: this.#process.stdout }).on('line', (line) => this.#waiting.shift()?.(JSON.parse(line)));
  }

  /** Asks and gives the whole answer, also a refusal. */
  try(cmd: string, fields: object = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(new Error(this.#ended));
        return;
      }
      this.#waiting.push(resolve);
      this.#process.stdin?.write(`${JSON.stringify({ id: cmd, cmd, ...fields })}\n`);
    });
  }

  /** Asks, and fails unless the answer is good. */
  async ask(cmd: string, fields: object = {}): Promise<Answer> {
    const answer = await this.try(cmd, fields);
    if (answer.ok !== true) throw new Error(`${cmd}: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** The code with which the peer refused. */
  async refusal(cmd: string, fields: object = {}): Promise<unknown> {
    const answer = await this.try(cmd, fields);
    return answer.ok === true ? 'it was accepted' : answer.refusal;
  }

  close(): void {
    this.#process.kill();
  }

  #end(reason: string): void {
    this.#ended = reason;
    for (const resolve of this.#waiting.splice(0)) resolve({ ok: false, message: reason });
  }
}

/** A member that lives in the peer. */
export class PeerMember {
  constructor(
    readonly peer: Peer,
    readonly name: string,
  ) {}

  static async make(peer: Peer, name: string, authority: string, fields: object = {}): Promise<PeerMember> {
    await peer.ask('member', { m: name, call: toHex(CALL), authority, ...fields });
    return new PeerMember(peer, name);
  }

  async bytes(cmd: string, field: string, fields: object = {}): Promise<Uint8Array> {
    return bytes((await this.ask(cmd, fields))[field]);
  }

  ask(cmd: string, fields: object = {}): Promise<Answer> {
    return this.peer.ask(cmd, { m: this.name, ...fields });
  }

  refusal(cmd: string, fields: object = {}): Promise<unknown> {
    return this.peer.refusal(cmd, { m: this.name, ...fields });
  }
}

export function bytes(value: unknown): Uint8Array {
  const decoded = typeof value === 'string' ? fromBase64(value) : undefined;
  if (decoded === undefined) throw new Error(`not base64: ${JSON.stringify(value)}`);
  return decoded;
}

export const base64 = toBase64;
