/** Which first names of staff a page shows: what a reader sees must be what was signed, in the order in which it was signed. */

/** Unicode code points, white space around it not counted. */
const LONGEST = 40;

/**
 * Categories that are not seen themselves or change how the rest is seen: controls, formats (among them zero-width and
 * bidirectional ones), line and paragraph separators, private use, lone surrogates.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/u;

/** Whether `name` may stand on a screen. */
export function isShowable(name: string): boolean {
  const { length } = [...name.trim()];
  return length >= 1 && length <= LONGEST && !UNSEEN.test(name);
}
