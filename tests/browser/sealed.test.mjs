/** What the relay carries cannot be heard there: a tapped relay takes the place of the gateway's own. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { hearOneAnother } from './support/conversation.mjs';
import { example, scratch } from './support/paths.mjs';
import { run, start, until } from './support/processes.mjs';
import { compare } from './support/quality.mjs';
import { report } from './support/report.mjs';
import { speech } from './support/speech.mjs';
import { callInProgress, stage } from './support/stage.mjs';

const CALLER = 0;
const COUNSELLOR = 1;

test('a tap inside the relay hears nothing, and learns nothing from sizes or levels', async (t) => {
  const folder = scratch('tap');
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const tap = join(folder, 'tap');
  const scene = await stage(t, { between: true });
  const relay = start(example('tapped-relay'), [
    ...['--key-file', scene.gateway.data('legs.key')],
    ...['--listen', '127.0.0.1', '--port', '0', '--json'],
  ]);
  t.after(() => relay.stop());
  const announcement = await until('the tapped relay', () => /^.*\n/.exec(relay.printed.stdout)?.[0]);
  const { ports, fingerprint } = JSON.parse(announcement);
  // The same key admits a leg to any relay, so the page is only told of another address and certificate.
  scene.between.fromGateway = (message) => {
    if (message.type !== 'leg') return [message];
    const candidates = message.leg.candidates.map((candidate) => ({ ...candidate, port: ports[0] }));
    return [{ ...message, leg: { ...message.leg, candidates, fingerprint } }];
  };
  const offers = [];
  await callInProgress(scene, { before: keepDescriptions });
  for (const { browser } of [scene.callerEnd, scene.counsellorEnd]) {
    for (const page of await browser.pages()) offers.push(...(await page.evaluate(() => window.descriptions ?? [])));
  }
  await hearOneAnother('through a tapped relay', scene.callerEnd.person, scene.counsellorEnd.person);
  await relay.stop();
  writeFileSync(tap, relay.printed.stdout.slice(announcement.length));

  assert.ok(offers.length > 0 && offers.every((sdp) => !sdp.includes('ssrc-audio-level')), 'no audio level is offered');
  const texts = { [CALLER]: await speech('caller'), [COUNSELLOR]: await speech('counsellor') };
  const told = JSON.parse(await run(example('eavesdropper'), [tap, texts[CALLER], folder]));
  const control = await compare(texts[CALLER], { file: join(folder, 'control.s16'), startedAt: 0 });
  assert.ok(control.pesq_wb > 3, `the listener hears what is not sealed: PESQ ${control.pesq_wb}`);
  for (const who of [CALLER, COUNSELLOR]) {
    const { packets, refused_by_opus, sealed_lengths, header_extensions } = told[who];
    assert.ok(packets > 500, `${packets} packets of slot ${who} were tapped`);
    assert.equal(sealed_lengths.length, 1, `lengths tell of speech: ${sealed_lengths}`);
    assert.equal(header_extensions, 0, 'the header carries no extension, so no level');
    for (const reading of ['whole', 'behind-header', 'without-tag']) {
      const heard = await compare(texts[who], { file: join(folder, `${who}-${reading}.s16`), startedAt: 0 });
      const { pesq_wb, stoi, likeness } = heard;
      report('tap', { slot: who, reading, packets, refused: refused_by_opus[reading], pesq_wb, stoi, likeness });
      assert.ok(pesq_wb < 1.6 && stoi < 0.3, `slot ${who}, ${reading}: ${JSON.stringify(heard)}`);
    }
  }
});

/** Runs in the pages: keeps what each connection offers. */
function keepDescriptions() {
  window.descriptions = [];
  const setLocalDescription = RTCPeerConnection.prototype.setLocalDescription;
  RTCPeerConnection.prototype.setLocalDescription = function (description) {
    if (description?.sdp) window.descriptions.push(description.sdp);
    return setLocalDescription.call(this, description);
  };
}
