/** Where things are. Everything that the journeys write is below `target/`. */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The repository. */
export const root = resolve(import.meta.dirname, '../../..');

/** What stays from one run to the next: prepared speech, the report. */
export const keep = join(root, 'target/browser');
mkdirSync(keep, { recursive: true });

/** The binary under test. */
export const binary = resolve(root, process.env.QUIETLINE_BINARY ?? 'target/release/quietline');

/** A program that only the tests have, built beside the binary. */
export const example = (name) => join(dirname(binary), 'examples', name);

/** The Python that has the speech score. */
export const python = resolve(root, process.env.QUIETLINE_PYTHON ?? 'target/tools/bin/python');

/** An empty folder of its own for `purpose`. Short, because socket paths are limited to 107 bytes. */
export function scratch(purpose) {
  return mkdtempSync(join(process.env.TMPDIR ?? '/tmp', `ql-${purpose}-`));
}
