/** Staff accounts in a browser: a passkey, a session bound to the browser, shutting out, recovery by two. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConsolePage } from './support/pages.mjs';
import { callInProgress, stage } from './support/stage.mjs';

const OFFLINE = { QUIETLINE_AUTHORITY_PUBLIC_KEY_FILE: 'keys/authority.pub' };

/** An administrator at a page of their own. */
async function administrator(scene, name) {
  const office = await ConsolePage.setUp(
    scene.counsellorEnd,
    await scene.gateway.link('--role', 'administrator'),
    name,
  );
  await office.shows('office');
  return office;
}

/** What is on an administrator's page about somebody. */
const person = (name) => `[data-person="${name}"]`;

/** The link that a page shows once. */
const shownLink = async (page) =>
  (await page.page.waitForSelector('code[data-link]')).evaluate((code) => code.textContent);

async function answersYes(page, text) {
  await page.clicksOn(`xpath/.//*[@role="alertdialog"]//button[contains(., "${text}")]`);
}

test('a passkey opens the desk, a reload keeps it, a new tab asks for the passkey again', async (t) => {
  const scene = await stage(t);
  const desk = await scene.desk();
  const [passkey] = await desk.authenticator.passkeys();
  assert.equal(passkey.rpId, 'localhost');
  await desk.reload();
  await desk.becomes('available');
  await desk.clicks('Sign out');
  await desk.shows('sign-in');
  await desk.authenticator.verifies(false);
  await desk.clicks('Sign in with your passkey');
  await desk.says('No passkey was chosen');
  await desk.authenticator.verifies(true);
  await desk.clicks('Sign in with your passkey');
  await desk.page.waitForSelector('.chip--unavailable, .chip--available');

  const other = await ConsolePage.open(scene.counsellorEnd, `${scene.origin}/console/`);
  await other.shows('sign-in');
  assert.deepEqual(desk.complaints, []);
  const cookies = await desk.page.evaluate(() => document.cookie);
  assert.equal(cookies, '');
});

test('a session copied into another browser opens nothing', async (t) => {
  const scene = await stage(t);
  const desk = await scene.desk();
  const stolen = await desk.page.evaluate(() => sessionStorage.getItem('staff-session'));
  const device = await desk.page.evaluate(deviceRecord);
  assert.equal(device.extractable, false, 'the key to which it is bound cannot be read');
  const thief = await scene.callerEnd.browser.newPage();
  await thief.goto(`${scene.origin}/console/`);
  const answer = await thief.evaluate(enterWith, stolen, device.device);
  assert.equal(answer.error.code, 'bad_credential');
  await desk.page.waitForSelector('.chip--available');
});

test('one who is shut out is out at once, also in a call, and the sound they had is over', async (t) => {
  const scene = await stage(t);
  const office = await administrator(scene, 'Alex');
  const { caller, desk } = await callInProgress(scene);
  await office.page.waitForSelector(person('Sam'));
  await office.clicksOn(`${person('Sam')} [data-act="shut-out"]`);
  await answersYes(office, 'Shut out');
  await desk.shows('trouble-credential-refused');
  await desk.says('This device is shut out');
  await caller.page.waitForFunction(() => document.body.innerText.includes('connection'));
  await office.page.waitForFunction(() => !document.querySelector('[data-person="Sam"]'));
  await desk.reload();
  await desk.shows('trouble-credential-refused');
});

test('one who lost every passkey comes back when a second administrator confirms, and not before', async (t) => {
  const scene = await stage(t);
  const alex = await administrator(scene, 'Alex');
  const bethan = await administrator(scene, 'Bethan');
  const desk = await scene.desk('Rhian');
  await desk.authenticator.lose();
  await desk.clicks('Sign out');
  await desk.shows('sign-in');
  await desk.clicks('Sign in with your passkey');
  await desk.says('No passkey was chosen');

  await alex.clicksOn(`${person('Rhian')} [data-act="recover"]`);
  await answersYes(alex, 'Ask for a new link');
  await alex.says('Another administrator must confirm this');
  await alex.page.waitForSelector('[data-proposal]');
  assert.equal(await alex.page.$('[data-act="confirm"]'), null, 'nobody alone');
  await bethan.says('who has lost every passkey');
  await bethan.clicksOn('[data-act="confirm"]');
  const link = await shownLink(bethan);

  // At another browser: the first one keeps its device, which is now shut out.
  const back = await ConsolePage.setUp(scene.callerEnd, link);
  await back.goesAvailable();
  await back.says('Rhian');
  await desk.clicks('Sign in with your passkey');
  await desk.says('shut out');
  for (const page of [alex, bethan, back]) assert.deepEqual(page.complaints, []);
});

test('a device waits for the authority, whose key is on another machine, and goes on by itself', async (t) => {
  const scene = await stage(t, {
    environment: OFFLINE,
    prepare: (gateway) => gateway.command('authority', 'init', '--dir', 'keys'),
  });
  const office = await administrator(scene, 'Alex');
  const desk = await ConsolePage.setUp(scene.counsellorEnd, await scene.gateway.link(), 'Sam');
  await desk.shows('pending');
  await office.page.waitForSelector('[data-wanting="1"]');

  const trust = ['--dir', 'keys', '--server', scene.gateway.origin, '--trust', scene.gateway.authority];
  const listed = await scene.gateway.command('authority', 'approve', ...trust, '--list');
  assert.match(listed, /^Sam, counsellor, staff [0-9a-f]{32}, device key [\w-]{43}\n$/);
  await scene.gateway.command('authority', 'approve', ...trust, '--all');
  await desk.goesAvailable();
  await office.page.waitForSelector('[data-wanting="0"]');

  // And without a network: a file there, a file back.
  const clinician = await ConsolePage.setUp(
    scene.counsellorEnd,
    await scene.gateway.link('--role', 'clinician'),
    'Rhian',
  );
  await clinician.shows('pending');
  await office.page.waitForSelector('[data-wanting="1"]');
  const { folder } = scene.gateway;
  const requests = await saved(office, 'Save the requests');
  writeFileSync(join(folder, 'requests.json'), requests);
  const files = ['--requests', 'requests.json', '--out', 'signed.json'];
  await scene.gateway.command('authority', 'approve', '--dir', 'keys', '--all', ...files);
  assert.ok(readFileSync(join(folder, 'signed.json'), 'utf8').includes('credentials v1'));
  const input = await office.page.$('#signed');
  await input.uploadFile(join(folder, 'signed.json'));
  await office.says('One taken in');
  await clinician.page.waitForSelector('.chip--unavailable');
});

test('in Firefox the desk is set up, left and opened again the same way', async (t) => {
  const scene = await stage(t, { counsellor: 'firefox' });
  const desk = await scene.desk();
  await desk.clicks('Sign out');
  await desk.shows('sign-in');
  await desk.clicks('Sign in with your passkey');
  await desk.page.waitForSelector('.chip--unavailable, .chip--available');
});

/** Presses a button that saves a file, and gives the file's text. */
async function saved(page, button) {
  await page.page.evaluate(() => {
    const make = URL.createObjectURL;
    URL.createObjectURL = (blob) => {
      blob.text().then((text) => {
        window.savedText = text;
      });
      return make(blob);
    };
  });
  await page.clicks(button);
  await page.page.waitForFunction(() => window.savedText !== undefined);
  return page.page.evaluate(() => window.savedText);
}

/** In the page: what another script could take of this device. */
async function deviceRecord() {
  const record = await new Promise((found, failed) => {
    const opening = indexedDB.open('quietline', 1);
    opening.onerror = failed;
    opening.onsuccess = () => {
      const request = opening.result.transaction('device').objectStore('device').get('this');
      request.onsuccess = () => found(request.result);
      request.onerror = failed;
    };
  });
  return { device: record.device, extractable: record.bound.privateKey.extractable };
}

/** In another browser: connects with a session that is not its own. */
async function enterWith(session, device) {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  return new Promise((told) => {
    const socket = new WebSocket(`${location.origin.replace('https', 'wss')}/ws/staff`, 'quietline.v1');
    socket.onmessage = async ({ data }) => {
      const message = JSON.parse(data);
      if (message.type !== 'challenge') return told(message);
      const said = new TextEncoder().encode(`quietline staff enter v1\n${location.origin}\n${message.nonce}`);
      const signed = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, said);
      const signature = btoa(String.fromCharCode(...new Uint8Array(signed)));
      socket.send(JSON.stringify({ id: 1, request: { type: 'enter', device, session, signature, seen: 0 } }));
    };
  });
}
