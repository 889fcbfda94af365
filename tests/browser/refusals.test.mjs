/** Where a call cannot be made the page says why in plain words, and the telephone number is there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from './support/stage.mjs';

const NUMBER = '0300 131 2789';
const plain = (text) => text.replaceAll('\u00a0', ' ');

async function offersTheTelephone(caller) {
  assert.ok(plain(await caller.text()).includes(NUMBER), 'the number is on the screen');
  const links = await caller.page.$$eval('a[href^="tel:"]', (found) => found.map((link) => link.getAttribute('href')));
  assert.ok(links.includes('tel:03001312789') && links.includes('tel:999'), `telephone links: ${links}`);
}

test('a microphone that is refused', async (t) => {
  const scene = await stage(t, { callerFlags: ['--use-fake-ui-for-media-stream=deny'] });
  await scene.desk();
  const caller = await scene.callerPage();
  await caller.tap();
  await caller.shows('trouble-microphone-refused');
  await offersTheTelephone(caller);
});

test('a microphone that is missing', async (t) => {
  const scene = await stage(t, { microphone: false });
  await scene.desk();
  const caller = await scene.callerPage();
  await caller.tap();
  await caller.shows('trouble-microphone-missing');
  await offersTheTelephone(caller);
});

test('a microphone that another program holds', async (t) => {
  const scene = await stage(t);
  await scene.desk();
  const caller = await scene.callerPage({
    before: () => {
      navigator.mediaDevices.getUserMedia = async () => {
        throw new DOMException('Could not start audio source', 'NotReadableError');
      };
    },
  });
  await caller.tap();
  await caller.shows('trouble-microphone-busy');
  await offersTheTelephone(caller);
});

test('a browser without encrypted transforms never asks for the microphone', async (t) => {
  const scene = await stage(t);
  await scene.desk();
  const caller = await scene.callerPage({
    before: () => {
      Reflect.deleteProperty(globalThis, 'RTCRtpScriptTransform');
      Reflect.deleteProperty(RTCRtpSender.prototype, 'transform');
      Reflect.deleteProperty(RTCRtpSender.prototype, 'createEncodedStreams');
      navigator.mediaDevices.getUserMedia = () => {
        console.error('the microphone was asked for');
        return Promise.reject(new DOMException('', 'NotAllowedError'));
      };
    },
  });
  await caller.shows('trouble-no-encryption');
  await offersTheTelephone(caller);
  assert.deepEqual(caller.complaints, []);
});

test('nobody on shift', async (t) => {
  const scene = await stage(t, { alone: true });
  const caller = await scene.callerPage();
  await caller.shows('closed');
  await offersTheTelephone(caller);
});

test('who is on shift is shown truly while the page is open, before the tap and in the queue', async (t) => {
  const scene = await stage(t);
  const early = await scene.callerPage();
  await early.shows('closed');
  const desk = await scene.desk();
  await early.shows('start');
  const away = 'No counsellor is here at this moment';
  await desk.presses('N');
  await early.says(away);
  await early.page.waitForSelector('[data-talk]');
  await early.joins();
  await early.says(away);
  await offersTheTelephone(early);
  await desk.presses('A');
  await desk.rings();
  await early.says('A counsellor is being called for you');
  assert.ok(!(await early.text()).includes(away));
});

test('no JavaScript', async (t) => {
  const scene = await stage(t, { alone: true });
  const page = await scene.callerEnd.browser.newPage();
  await page.setJavaScriptEnabled(false);
  await page.goto(scene.origin);
  const visible = await page.$$eval('a[href^="tel:"]', (links) =>
    links.filter((link) => link.checkVisibility()).map((link) => link.textContent.trim()),
  );
  assert.ok(visible.some((text) => plain(text) === NUMBER) && visible.includes('999'), `visible: ${visible}`);
});
