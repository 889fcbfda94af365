/**
 * What people in a call write to each other, as it is sealed (docs/e2ee.md, "Written messages"). Pure: content in, padded bytes out,
 * and back. Whatever is not exactly of this form is dropped.
 */
import { type Bytes, utf8 } from '../../e2ee/bytes';

/** What can be said with one tap. */
export const TAPS = ['yes', 'no', 'cannot_talk', 'keep_talking'] as const;
export type Tap = (typeof TAPS)[number];

/** What was agreed for the case that the connection is lost for good. */
export const PLANS = ['call_back', 'telephone', 'nothing'] as const;
export type DropPlan = (typeof PLANS)[number];

/** A service that may help, as plain text. What is not known is empty. */
export interface Card {
  readonly title: string;
  readonly what: string;
  readonly phone: string;
  readonly web: string;
  readonly hours: string;
}

export type Content =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tap'; readonly tap: Tap }
  | { readonly kind: 'card'; readonly card: Card }
  /** Whether its sender has put the caller on hold. */
  | { readonly kind: 'hold'; readonly held: boolean }
  | { readonly kind: 'plan'; readonly plan: DropPlan | null };

export type Message =
  /** `n` names it among those of its sender; later ones have greater numbers. */
  | { readonly type: 'said'; readonly n: number; readonly content: Content }
  /** The one in that leaf is told that `n` of theirs has come. */
  | { readonly type: 'got'; readonly to: number; readonly n: number };

/** Characters of what is typed at once, at most. */
export const TEXT_LIMIT = 1000;
/** Characters of a card's parts, at most. */
export const CARD_LIMITS: { readonly [part in keyof Card]: number } = {
  title: 100,
  what: 400,
  phone: 40,
  web: 200,
  hours: 160,
};

const VERSION = 1;
/** Every message is as long as one of these, in bytes, so that its length says next to nothing. */
const LENGTHS = [512, 2048, 4096] as const;

/** The bytes to seal: JSON, with spaces behind it up to one of a few lengths. */
export function encode(message: Message): Bytes {
  const fields =
    message.type === 'got'
      ? { t: 'got', v: VERSION, to: message.to, n: message.n }
      : { t: 'said', v: VERSION, n: message.n, ...message.content };
  const json = utf8(JSON.stringify(fields));
  const length = LENGTHS.find((one) => json.length <= one);
  if (length === undefined) throw new RangeError('a written message that is too long');
  const padded: Bytes = new Uint8Array(length).fill(0x20);
  padded.set(json);
  return padded;
}

/** Reads what was sealed; undefined for anything of another form, version or kind. */
export function decode(data: Uint8Array): Message | undefined {
  if (!LENGTHS.some((length) => length === data.length)) return undefined;
  const fields = read(data);
  if (fields?.v !== VERSION || !isNumber(fields.n)) return undefined;
  if (fields.t === 'got') return isNumber(fields.to) ? { type: 'got', to: fields.to, n: fields.n } : undefined;
  if (fields.t !== 'said') return undefined;
  const content = contentOf(fields);
  return content && { type: 'said', n: fields.n, content };
}

/** What may be sent of what was typed: no control characters, nothing that turns the reading direction of what is around it. */
export function clean(text: string): string {
  const wellFormed = new TextDecoder().decode(utf8(text));
  return wellFormed.replaceAll('\r\n', '\n').replace(HIDDEN, '').trim();
}

/** Characters as people count them, near enough: code points. */
export function lengthOf(text: string): number {
  return [...text].length;
}

/** The card with clean parts, each cut to what it may be at most. */
export function cleanCard(card: Card): Card {
  const part = (name: keyof Card) => [...clean(card[name])].slice(0, CARD_LIMITS[name]).join('');
  return { title: part('title'), what: part('what'), phone: part('phone'), web: part('web'), hours: part('hours') };
}

function contentOf(fields: Record<string, unknown>): Content | undefined {
  switch (fields.kind) {
    case 'text':
      return isText(fields.text, TEXT_LIMIT) && fields.text !== '' ? { kind: 'text', text: fields.text } : undefined;
    case 'tap': {
      const tap = TAPS.find((one) => one === fields.tap);
      return tap && { kind: 'tap', tap };
    }
    case 'card': {
      const card = cardOf(fields.card);
      return card && { kind: 'card', card };
    }
    case 'hold':
      return typeof fields.held === 'boolean' ? { kind: 'hold', held: fields.held } : undefined;
    case 'plan': {
      if (fields.plan === null) return { kind: 'plan', plan: null };
      const plan = PLANS.find((one) => one === fields.plan);
      return plan && { kind: 'plan', plan };
    }
    default:
      return undefined;
  }
}

function cardOf(value: unknown): Card | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { title, what, phone, web, hours } = value as Record<string, unknown>;
  if (!isText(title, CARD_LIMITS.title) || title === '' || !isText(what, CARD_LIMITS.what)) return undefined;
  if (!isText(phone, CARD_LIMITS.phone) || !isText(web, CARD_LIMITS.web)) return undefined;
  return isText(hours, CARD_LIMITS.hours) ? { title, what, phone, web, hours } : undefined;
}

/** Whether that is text as `clean` leaves it. */
function isText(value: unknown, limit: number): value is string {
  return typeof value === 'string' && value.length <= 2 * limit && lengthOf(value) <= limit && clean(value) === value;
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function read(data: Uint8Array): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Control characters but the line's end, and those that turn the reading direction. */
const HIDDEN = /(?!\n)\p{Cc}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
