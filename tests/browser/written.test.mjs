/** Who cannot speak writes and taps, and is answered; nothing of it stays. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { callInProgress, stage } from './support/stage.mjs';

const SECRET = 'I am in the car park behind the station';

for (const [caller, counsellor] of /** @type {const} */ ([
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
])) {
  test(`${caller} writes and taps to ${counsellor}, over a lost connection too, and the service keeps none of it`, async (t) => {
    const scene = await stage(t, { caller, counsellor, between: true });
    const { caller: page, desk } = await callInProgress(scene);

    await page.taps('cannot_talk');
    await desk.reads('I can’t talk');
    await page.hasArrived(1);
    await desk.writes('That is all right. I will keep talking, and you can tap.');
    await page.reads('I will keep talking');
    await desk.hasArrived(1);

    // What is written while the connection is lost goes by itself, once, when it is back.
    scene.between.cut();
    await page.says('What you write goes by itself');
    await page.writes(SECRET);
    await page.says('Not sent yet');
    scene.between.restore();
    await desk.reads(SECRET);
    await page.hasArrived(2);
    assert.equal(await desk.times(SECRET), 1);

    // A reload forgets what was written, and the two can go on.
    await page.reload();
    await page.talks();
    assert.equal(await page.times(SECRET), 0);
    await desk.writes('Are you still there?');
    await page.reads('Are you still there?');

    await page.leaves();
    await desk.becomes('wrap_up');
    assert.equal(await desk.times(SECRET), 0);
    for (const file of readdirSync(scene.gateway.data('.'), { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const bytes = readFileSync(`${file.parentPath}/${file.name}`);
      for (const text of [SECRET, Buffer.from(SECRET).toString('base64').slice(4, -8)]) {
        assert.equal(bytes.includes(text), false, `${file.name} holds what was written`);
      }
    }
  });
}

test('a caller who cannot speak joins without a microphone, is told of a hold, and loses nothing to a gateway that is killed', async (t) => {
  const scene = await stage(t);
  const desk = await scene.desk();
  const page = await scene.callerPage();
  await page.page.click('[data-write]');
  await page.shows('waiting');
  await desk.answers();
  await page.shows('call');
  await desk.reads('I can’t talk');

  await desk.presses('O');
  await page.says('Sam has put you on hold for a moment. You are still connected');
  await desk.page.waitForSelector('[data-told="true"]');
  // It goes on over a reload of the desk, and both know it.
  await desk.reload();
  await desk.page.waitForSelector('[data-told="true"]');
  await page.says('Sam has put you on hold');
  await desk.presses('O');
  await page.page.waitForFunction(() => !document.body.innerText.includes('on hold'), { polling: 100 });

  await scene.gateway.kill();
  await page.says('What you write goes by itself');
  await page.writes('Written while nothing carried it');
  await scene.gateway.start();
  await desk.reads('Written while nothing carried it');
  await page.hasArrived(2);
  assert.equal(await desk.times('Written while nothing carried it'), 1);
});

test('three in a call read each other with names, and whoever comes later nothing of before', async (t) => {
  const scene = await stage(t, { clinician: 'chromium' });
  const { caller, desk } = await callInProgress(scene);
  const clinician = await scene.clinician('Rhian');
  await desk.writes('Before anybody came');
  await desk.hasArrived(1);
  await desk.acts('join');
  await clinician.comes();
  await caller.lists('You', 'Sam, counsellor', 'Rhian, clinician');
  await clinician.writes('Hello from Rhian');
  for (const page of [caller, desk]) await page.says('Rhian, clinician\nHello from Rhian');
  await clinician.hasArrived(1);
  await caller.writes('Hello both');
  for (const page of [desk, clinician]) await page.reads('Hello both');
  await caller.hasArrived(1);
  assert.equal(await clinician.times('Before anybody came'), 0);
  await desk.ends();
  await caller.shows('ended');
  assert.equal(await caller.times('Hello both'), 0);
});
