/** Numbers of a run, for people: one line each in `target/browser/report.jsonl`, printed as a table at the end. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { keep } from './paths.mjs';

/** One line of JSON for each number. */
export const FILE = join(keep, 'report.jsonl');

/**
 * @param {string} what the kind of number
 * @param {object} figures
 */
export function report(what, figures) {
  appendFileSync(FILE, `${JSON.stringify({ what, ...figures })}\n`);
  console.log(`${what}: ${JSON.stringify(figures)}`);
}
