/** How well speech got across: tests/quality/compare.py. */
import { join } from 'node:path';
import { python, root } from './paths.mjs';
import { run } from './processes.mjs';

const COMPARE = join(root, 'tests/quality/compare.py');

/**
 * @param {string} spoken the WAV file that was spoken
 * @param {{ file: string, startedAt: number }} heard the far end's recording
 * @param {{ file: string, startedAt: number }} [said] the recording at the mouth
 * @returns {Promise<{ delay_ms: number | null, pesq_wb: number, stoi: number, segments: { pesq_wb: number, stoi: number }[],
 *   likeness: number, level_db: number }>}
 */
export async function compare(spoken, heard, said) {
  const delay = said ? ['--said', said.file, '--offset-ms', String(heard.startedAt - said.startedAt)] : [];
  return JSON.parse(await run(python, [COMPARE, spoken, heard.file, ...delay]));
}
