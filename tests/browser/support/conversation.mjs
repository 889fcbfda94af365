/** Two people speak at once, and each hears the other. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { scratch } from './paths.mjs';
import { compare } from './quality.mjs';
import { report } from './report.mjs';
import { speech } from './speech.mjs';

/** What is still on its way when the last word is spoken, ms. */
const TAIL_MS = 1500;

/**
 * Lets both people speak their texts at once and scores what each heard of the other.
 * @param {import('./sound.mjs').Person} caller
 * @param {import('./sound.mjs').Person} counsellor
 */
export async function converse(caller, counsellor) {
  const texts = { caller: await speech('caller'), counsellor: await speech('counsellor') };
  const folder = scratch('recordings');
  try {
    const recordings = await Promise.all([
      caller.record(join(folder, 'caller-said'), 'mouth'),
      caller.record(join(folder, 'caller-heard')),
      counsellor.record(join(folder, 'counsellor-said'), 'mouth'),
      counsellor.record(join(folder, 'counsellor-heard')),
    ]);
    await Promise.all([caller.say(texts.caller), counsellor.say(texts.counsellor)]);
    await new Promise((heard) => setTimeout(heard, TAIL_MS));
    const [callerSaid, callerHeard, counsellorSaid, counsellorHeard] = await Promise.all(
      recordings.map((recording) => recording.stop()),
    );
    return {
      toCounsellor: await compare(texts.caller, counsellorHeard, callerSaid),
      toCaller: await compare(texts.counsellor, callerHeard, counsellorSaid),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Wideband PESQ: 3 is fair, 4 good, 4.6 the best there is. Another text, or noise, scores about 1.1. */
const FAIR = 3;

/** Asserts on the quality in both directions; delays are told, never asserted. */
export function assertHeardWell(what, { toCaller, toCounsellor }) {
  report('speech', { call: what, toCaller, toCounsellor });
  for (const [who, heard] of Object.entries({ toCaller, toCounsellor })) {
    assert.ok(heard.pesq_wb >= FAIR, `${what}, ${who}: PESQ ${heard.pesq_wb}, ${JSON.stringify(heard)}`);
  }
}
