/**
 * Search in the directory, in the page: over every field, without regard to case and diacritics, by the beginnings of words, and
 * with one slip in a longer word. Pure.
 */
import type { ServiceEntry } from '../../proto';

/** What a hit in each field is worth. */
const WORTH = { name: 16, tags: 8, areas: 4, purpose: 3, rest: 1 } as const;
/** How good a match is. */
const EXACT = 4;
const BEGINS = 3;
const SLIP = 1;
/** Below this a word is too short to tell a slip from another word. */
const SLIP_FROM = 4;

export interface Index {
  readonly entries: readonly ServiceEntry[];
  /** Each word, and what it is worth in each entry that has it. */
  readonly words: ReadonlyMap<string, ReadonlyMap<number, number>>;
}

/** Lower case, without diacritics, in words. */
export function wordsOf(text: string): string[] {
  const plain = text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/[’']/g, '');
  return plain.match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Makes the entries ready to be searched. */
export function indexOf(entries: readonly ServiceEntry[]): Index {
  const words = new Map<string, Map<number, number>>();
  const put = (word: string, entry: number, worth: number): void => {
    const found = words.get(word) ?? new Map<number, number>();
    found.set(entry, Math.max(found.get(entry) ?? 0, worth));
    words.set(word, found);
  };
  entries.forEach(({ details }, entry) => {
    const fields: readonly (readonly [string, number])[] = [
      [details.name, WORTH.name],
      [details.tags.join(' '), WORTH.tags],
      [details.areas.join(' '), WORTH.areas],
      [details.purpose, WORTH.purpose],
      [
        [details.hours, ...details.languages, details.cost, details.referral, details.owner, details.web].join(' '),
        WORTH.rest,
      ],
      [details.families ? 'families family' : '', WORTH.areas],
      [`${details.phone} ${details.text}`, WORTH.rest],
      // A number is also looked for in one piece.
      [`${details.phone.replace(/\D/g, '')} ${details.text.replace(/\D/g, '')}`, WORTH.rest],
    ];
    for (const [text, worth] of fields) for (const word of wordsOf(text)) put(word, entry, worth);
  });
  return { entries, words };
}

/** The entries that have every word of what is looked for, the best first; all of them when nothing is looked for. */
export function search(index: Index, looked: string): readonly ServiceEntry[] {
  const wanted = wordsOf(looked);
  if (wanted.length === 0) return index.entries;
  let scores: Map<number, number> | undefined;
  for (const word of wanted) {
    const of = scoresOf(index, word);
    const before: ReadonlyMap<number, number> | undefined = scores;
    scores = new Map(
      [...of].flatMap(([entry, score]) => {
        const sum = before === undefined ? 0 : before.get(entry);
        return sum === undefined ? [] : [[entry, sum + score] as const];
      }),
    );
  }
  const found = [...(scores ?? [])].sort(([a, x], [b, y]) => y - x || a - b);
  return found.flatMap(([entry]) => index.entries[entry] ?? []);
}

function scoresOf({ words }: Index, looked: string): Map<number, number> {
  const scores = new Map<number, number>();
  for (const [word, entries] of words) {
    const good = word === looked ? EXACT : word.startsWith(looked) ? BEGINS : slips(looked, word) ? SLIP : 0;
    if (good === 0) continue;
    for (const [entry, worth] of entries) scores.set(entry, Math.max(scores.get(entry) ?? 0, good * worth));
  }
  return scores;
}

/** Whether `word` begins with `looked` but for one letter that is wrong, missing, too many, or swapped with its neighbour. */
function slips(looked: string, word: string): boolean {
  if (looked.length < SLIP_FROM || word.length < looked.length - 1) return false;
  let at = 0;
  while (at < looked.length && looked[at] === word[at]) at += 1;
  const begins = (from: number, rest: string): boolean => word.startsWith(rest, from);
  return (
    begins(at + 1, looked.slice(at + 1)) ||
    begins(at + 1, looked.slice(at)) ||
    begins(at, looked.slice(at + 1)) ||
    (looked[at] === word[at + 1] && looked[at + 1] === word[at] && begins(at + 2, looked.slice(at + 2)))
  );
}
