/** Two people speak, at once or one after the other, and hear each other. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { scratch } from './paths.mjs';
import { compare } from './quality.mjs';
import { report } from './report.mjs';
import { speech } from './speech.mjs';

/** What is still on its way when the last word is spoken, ms. */
const TAIL_MS = 1500;

/** @typedef {{ caller: boolean, counsellor: boolean, length?: 'whole' | 'brief' }} Speaking who speaks, and how long */

/**
 * Lets people speak their texts and scores what each heard of the other.
 * @param {import('./sound.mjs').Person} caller
 * @param {import('./sound.mjs').Person} counsellor
 * @param {Speaking} speaking
 */
async function converse(caller, counsellor, speaking) {
  const { length } = speaking;
  const texts = { caller: await speech('caller', length), counsellor: await speech('counsellor', length) };
  const folder = scratch('recordings');
  try {
    const recordings = await Promise.all([
      caller.record(join(folder, 'caller-said'), 'mouth'),
      caller.record(join(folder, 'caller-heard')),
      counsellor.record(join(folder, 'counsellor-said'), 'mouth'),
      counsellor.record(join(folder, 'counsellor-heard')),
    ]);
    await Promise.all([
      speaking.caller && caller.say(texts.caller),
      speaking.counsellor && counsellor.say(texts.counsellor),
    ]);
    await new Promise((heard) => setTimeout(heard, TAIL_MS));
    const [callerSaid, callerHeard, counsellorSaid, counsellorHeard] = await Promise.all(
      recordings.map((recording) => recording.stop()),
    );
    return {
      ...(speaking.caller && { toCounsellor: await compare(texts.caller, counsellorHeard, callerSaid) }),
      ...(speaking.counsellor && { toCaller: await compare(texts.counsellor, callerHeard, counsellorSaid) }),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * What each 5 s of a text must reach: wideband PESQ (4.6 is the best there is) and STOI (1 is all words). Another text, or noise,
 * reaches 1.6 and 0.44 at the most, a call on a quiet machine 3 to 4.3 and 0.7 to 0.95.
 */
const WANTED = { pesq_wb: 2.4, stoi: 0.4 };
/** The same where both speak: a browser's echo canceller ducks one voice under the other, more so on a busy machine. */
const WANTED_AT_ONCE = { pesq_wb: 1.8, stoi: 0.5 };
/**
 * A machine that is busy elsewhere tears holes into any sound; what is wrong with the call is wrong each time. So each piece of the
 * text must have been heard well once, in one hearing or another.
 */
const HEARINGS = 6;

/**
 * Asserts that two people who speak at once understand each other; delays are told, never asserted.
 * @param {string} what
 */
export function hearEachOther(what, caller, counsellor) {
  return hear(`${what}, both at once`, caller, counsellor, { caller: true, counsellor: true });
}

/**
 * Asserts that each is heard well while the other listens.
 * @param {string} what
 * @param {Speaking['length']} length
 */
export async function hearOneAnother(what, caller, counsellor, length = 'whole') {
  await hear(`${what}, the caller speaks`, caller, counsellor, { caller: true, counsellor: false, length });
  await hear(`${what}, the counsellor speaks`, caller, counsellor, { caller: false, counsellor: true, length });
}

/** The same in a few words each, where a journey asks whether there is sound and not how it holds up. */
export function hearOneAnotherBriefly(what, caller, counsellor) {
  return hearOneAnother(what, caller, counsellor, 'brief');
}

/** @param {Speaking} speaking */
async function hear(what, caller, counsellor, speaking) {
  const wanted = speaking.caller && speaking.counsellor ? WANTED_AT_ONCE : WANTED;
  const best = {};
  for (let hearing = 1; hearing <= HEARINGS; hearing++) {
    const heard = await converse(caller, counsellor, speaking);
    report('speech', { call: what, ...heard });
    for (const [who, { segments }] of Object.entries(heard)) {
      best[who] = segments.map((segment, at) => better(best[who]?.[at], segment, wanted));
    }
    if (
      Object.values(best)
        .flat()
        .every((segment) => isUnderstood(segment, wanted))
    )
      return;
  }
  assert.fail(`${what}: speech was not understood: ${JSON.stringify(best)}`);
}

/**
 * One person speaks, several listen: asserts that each of them understands. Beside that a listener may be deaf: what they
 * heard in the last hearing is given back.
 * @param {string} what
 * @param {import('./sound.mjs').Person} speaker
 * @param {Record<string, import('./sound.mjs').Person>} listeners
 * @param {{ during?: () => Promise<unknown>, deaf?: import('./sound.mjs').Person }} [more] `during`: what is done while the first text is spoken
 */
export async function hearing(what, speaker, listeners, { during, deaf } = {}) {
  const text = await speech('caller');
  const best = {};
  for (let time = 1; time <= HEARINGS; time++) {
    const folder = scratch('recordings');
    try {
      const ears = Object.entries({ ...listeners, ...(deaf && { deaf }) });
      const [said, ...heard] = await Promise.all([
        speaker.record(join(folder, 'said'), 'mouth'),
        ...ears.map(([name, person]) => person.record(join(folder, name))),
      ]);
      await Promise.all([speaker.say(text), time === 1 && during?.()]);
      await new Promise((arrived) => setTimeout(arrived, TAIL_MS));
      const mouth = await said.stop();
      const scores = {};
      for (const [at, [name]] of ears.entries()) {
        scores[name] = await compare(text, await heard[at].stop(), mouth);
        if (name !== 'deaf')
          best[name] = scores[name].segments.map((segment, i) => better(best[name]?.[i], segment, WANTED));
      }
      report('speech', { call: what, ...scores });
      const all = Object.values(best).flat();
      if (all.every((segment) => isUnderstood(segment, WANTED))) return scores.deaf;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  assert.fail(`${what}: speech was not understood: ${JSON.stringify(best)}`);
}

const isUnderstood = ({ pesq_wb, stoi }, wanted) => pesq_wb >= wanted.pesq_wb && stoi >= wanted.stoi;

/** The segment of two hearings that was heard better. */
function better(one, other, wanted) {
  if (!one || isUnderstood(other, wanted)) return other;
  return isUnderstood(one, wanted) || one.pesq_wb >= other.pesq_wb ? one : other;
}
