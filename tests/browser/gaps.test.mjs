/**
 * For how long nothing is heard where a network or the gateway changes under a call that has gone on for a while: from recordings of
 * what comes out of the loudspeakers, while both talk. Run by hand (`QUIETLINE_GAPS=1`); it asserts only that sound comes back.
 */
import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { scratch } from './support/paths.mjs';
import { report } from './support/report.mjs';
import { speech } from './support/speech.mjs';
import { callInProgress, stage } from './support/stage.mjs';

const RATE = 48_000;
/** A window of sound, ms, and how loud it is at least, of 32,767. */
const WINDOW_MS = 10;
const SOUND = 20;
/** When it happens in the text, and where in the recording the gap may begin after it, ms. */
const AFTER_MS = 8_000;
const BEGINS_MS = [-400, 3_000];

const EVENTS = {
  'another network under the caller': ({ caller }) => caller.strand(),
  'another network under the counsellor': ({ counsellor }) => counsellor.strand(),
  'another translated address of the caller': ({ caller }) => caller.rebind(),
  'another translated address of the counsellor': ({ counsellor }) => counsellor.rebind(),
  'a gateway that is restarted': async (_, gateway) => {
    await gateway.stop();
    await gateway.start();
  },
};

for (const caller of /** @type {const} */ (['chromium', 'firefox'])) {
  for (const [event, happen] of Object.entries(EVENTS)) {
    test(`${event}, ${caller} calls: sound comes back`, { skip: !process.env.QUIETLINE_GAPS }, async (t) => {
      const scene = await stage(t, { caller, between: true });
      const paths = await scene.between.carryMediaApart();
      for (const path of Object.values(paths)) path.tcp = false;
      await callInProgress(scene);
      const ends = { caller: scene.callerEnd.person, counsellor: scene.counsellorEnd.person };
      const folder = scratch('gaps');
      t.after(() => rmSync(folder, { recursive: true, force: true }));
      const recordings = {};
      for (const [who, person] of Object.entries(ends)) recordings[who] = await person.record(join(folder, who));
      const text = await speech('caller');
      const spoken = Promise.all(Object.values(ends).map((person) => person.say(text)));
      await new Promise((later) => setTimeout(later, AFTER_MS));
      const at = Date.now();
      await happen(paths, scene.gateway);
      await spoken;
      for (const [who, recording] of Object.entries(recordings)) {
        const { file, startedAt } = await recording.stop();
        const gap = longestGap(readFileSync(file), at - startedAt);
        report('gap', { after: event, callers: caller, who_hears_nothing: who, ms: gap });
        assert.ok(gap < 7_000, `${who} heard nothing for ${gap} ms`);
      }
    });
  }
}

/** The longest stretch without sound that begins about `at` ms into a recording. */
function longestGap(bytes, at) {
  const samples = new Int16Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.byteLength / 2));
  const size = (RATE * WINDOW_MS) / 1000;
  const [first, last] = BEGINS_MS.map((offset) => Math.floor((at + offset) / WINDOW_MS));
  let longest = 0;
  for (let begin = Math.max(0, first); begin < last; begin++) {
    let end = begin;
    while ((end + 1) * size <= samples.length && loudness(samples.subarray(end * size, (end + 1) * size)) < SOUND)
      end++;
    longest = Math.max(longest, end - begin);
    begin = Math.max(begin, end);
  }
  return longest * WINDOW_MS;
}

const loudness = (window) => Math.sqrt(window.reduce((sum, sample) => sum + sample * sample, 0) / window.length);
