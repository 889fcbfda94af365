/**
 * The safety words of one epoch (docs/e2ee.md, "Safety words"): each member commits to a nonce, reveals it when it has everybody's
 * commitment, and derives four words from the epoch authenticator and all nonces.
 */
import list from '../../../src/e2ee/words.txt?raw';
import { Refusal, type SafetyWords } from './api';
import { type Bytes, concat, equal, fromBase64, toBase64, u32be, u64be, utf8 } from './bytes';

/** The 256 words, in the order of their byte values. */
export const WORDS: readonly string[] = list.trim().split('\n');

const COMMIT_LABEL = utf8('quietline words commit v1');
const INFO = utf8('quietline words v1');
const WORD_COUNT = 4;
const NONCE_BYTES = 32;

export interface SafetyWordsOptions {
  readonly epoch: bigint;
  /** All leaves of the epoch, this page's included. */
  readonly leaves: readonly number[];
  readonly me: number;
  readonly epochAuthenticator: Uint8Array;
  /** 32 bytes, for tests with known answers; random otherwise. */
  readonly nonce?: Uint8Array;
}

/**
 * Commits to this page's nonce. What is returned holds the commitment to send: before it exists there is nothing that
 * could take a message, so nothing that could reveal.
 */
export async function createSafetyWords(options: SafetyWordsOptions): Promise<SafetyWords> {
  const nonce = options.nonce ?? crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  return new Words(options, nonce, await commitmentOf(options.epoch, options.me, nonce));
}

class Words implements SafetyWords {
  readonly opening: Uint8Array;
  readonly #options: SafetyWordsOptions;
  readonly #commitments = new Map<number, Uint8Array>();
  readonly #nonces = new Map<number, Uint8Array>();
  readonly #mine: Uint8Array;
  #revealed = false;
  #mismatch = false;
  #words: readonly string[] | undefined;

  constructor(options: SafetyWordsOptions, nonce: Uint8Array, commitment: Uint8Array) {
    this.#options = options;
    this.#mine = nonce;
    this.#nonces.set(options.me, nonce);
    this.opening = this.#message({ t: 'words-commit', commitment: toBase64(commitment) });
  }

  get words(): readonly string[] | undefined {
    return this.#mismatch ? undefined : this.#words;
  }

  async receive(leaf: number, data: Uint8Array): Promise<Uint8Array | undefined> {
    const message = read(data);
    if (message?.epoch !== Number(this.#options.epoch)) return undefined;
    if (leaf === this.#options.me || !this.#options.leaves.includes(leaf)) return undefined;
    if (message.t === 'words-commit') return this.#takeCommitment(leaf, message.commitment);
    if (message.t === 'words-reveal') await this.#takeNonce(leaf, message.nonce);
    return undefined;
  }

  /** An alarm, after which there are no words in this epoch. */
  #alarm(text: string): Refusal {
    this.#mismatch = true;
    return new Refusal('words-mismatch', text);
  }

  #takeCommitment(leaf: number, text: unknown): Uint8Array | undefined {
    const commitment = typeof text === 'string' ? fromBase64(text) : undefined;
    const known = this.#commitments.get(leaf);
    if (commitment?.length !== 32 || (known !== undefined && !equal(known, commitment))) {
      throw this.#alarm(`leaf ${leaf} changed its commitment`);
    }
    this.#commitments.set(leaf, commitment);
    const complete = this.#options.leaves.every((other) => other === this.#options.me || this.#commitments.has(other));
    if (!complete || this.#revealed) return undefined;
    this.#revealed = true;
    return this.#message({ t: 'words-reveal', nonce: toBase64(this.#mine) });
  }

  async #takeNonce(leaf: number, text: unknown): Promise<void> {
    const nonce = typeof text === 'string' ? fromBase64(text) : undefined;
    const commitment = this.#commitments.get(leaf);
    if (
      nonce?.length !== NONCE_BYTES ||
      commitment === undefined ||
      !equal(commitment, await commitmentOf(this.#options.epoch, leaf, nonce))
    ) {
      throw this.#alarm(`leaf ${leaf} revealed another nonce than it committed to`);
    }
    this.#nonces.set(leaf, nonce);
    if (this.#options.leaves.every((other) => this.#nonces.has(other))) {
      this.#words = await deriveWords(this.#options.epochAuthenticator, this.#nonces);
    }
  }

  #message(fields: { t: string } & Record<string, string>): Uint8Array {
    return utf8(JSON.stringify({ ...fields, epoch: Number(this.#options.epoch) }));
  }
}

async function commitmentOf(epoch: bigint, leaf: number, nonce: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', concat(COMMIT_LABEL, u64be(epoch), u32be(leaf), nonce)));
}

/** HKDF-SHA-256 over the epoch authenticator, salted with every leaf's nonce. */
export async function deriveWords(
  epochAuthenticator: Uint8Array,
  nonces: ReadonlyMap<number, Uint8Array>,
): Promise<readonly string[]> {
  const salt = concat(...[...nonces].sort(([a], [b]) => a - b).flatMap(([leaf, nonce]) => [u32be(leaf), nonce]));
  const key = await crypto.subtle.importKey('raw', epochAuthenticator.slice(), 'HKDF', false, ['deriveBits']);
  const bits = await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info: INFO }, key, WORD_COUNT * 8);
  return Array.from(new Uint8Array(bits), (byte) => WORDS[byte] ?? '');
}

function read(data: Uint8Array): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
