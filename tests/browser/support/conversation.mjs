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
async function converse(caller, counsellor) {
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

/**
 * Wideband PESQ (4.6 is the best there is) and STOI (1 is all words). Another text, or noise, scores 1.1 and 0.1. One voice alone scores
 * above 4; where both speak at once from the first moment, as they do here, echo cancellers duck what they take for echo, and plain WebRTC
 * between the same browsers scores the same (see harness.test.mjs).
 */
const UNDERSTOOD = { pesq_wb: 1.7, stoi: 0.6 };
/** A machine that is busy elsewhere tears holes into any sound; what is wrong with the call is wrong each time. */
const HEARINGS = 4;

/**
 * Asserts that two people who speak at once understand each other; delays are told, never asserted.
 * @param {string} what
 */
export async function hearEachOther(what, caller, counsellor) {
  const best = { toCaller: { pesq_wb: 0, stoi: 0 }, toCounsellor: { pesq_wb: 0, stoi: 0 } };
  for (let hearing = 1; hearing <= HEARINGS; hearing++) {
    const heard = await converse(caller, counsellor);
    report('speech', { call: what, ...heard });
    for (const who of Object.keys(best)) if (heard[who].pesq_wb > best[who].pesq_wb) best[who] = heard[who];
    const understood = ({ pesq_wb, stoi }) => pesq_wb >= UNDERSTOOD.pesq_wb && stoi >= UNDERSTOOD.stoi;
    if (Object.values(best).every(understood)) return;
  }
  assert.fail(`${what}: speech was not understood: ${JSON.stringify(best)}`);
}
