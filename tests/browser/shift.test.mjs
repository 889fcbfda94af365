/** A whole shift, three roles at once: from the rota to the figures, with a caller who comes back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallerPage, sameSafetyWords } from './support/pages.mjs';
import { fillDirectory, inParts, nothingWrong, picture, signIn, Wallboard } from './support/shift.mjs';
import { stage } from './support/stage.mjs';

const REACH = '07700 900123';
const SOON_MS = 10 * 60_000;

for (const kind of /** @type {const} */ (['chromium', 'firefox'])) {
  test(`a whole shift in ${kind}`, async (t) => {
    const scene = await stage(t, { caller: kind, counsellor: kind });
    await fillDirectory(scene);
    const [tom, rhian, sam, priya] = [
      await signIn(scene, 'supervisor', 'Tom'),
      await signIn(scene, 'clinician', 'Rhian'),
      await signIn(scene, 'counsellor', 'Sam'),
      await signIn(scene, 'counsellor', 'Priya'),
    ];
    const board = new Wallboard(tom, kind);
    const pictured = (page, name) => picture(page, `${kind}-${name}`);
    const part = inParts(t);
    /** @type {CallerPage} */
    let caller;
    let code;

    await part('the supervisor plans an hour and sets the last day of a training', async () => {
      await plans(tom);
      await pictured(tom, 'rota');
      await sam.reload();
      await sam.says('Your training is valid until');
      await board.open();
    });

    await part('the counsellor checks the devices and goes available by a key', async () => {
      await checks(sam);
      await pictured(sam, 'checked');
      await board.follows('Sam', 'available', () => sam.key('a'));
      await board.follows('Rhian', 'available', () => rhian.key('a'));
      await rhian.goesTo('follow_ups');
    });

    await part('a caller rings and is answered by a key', async () => {
      caller = await scene.callerPage();
      await board.follows('Sam', 'ringing', () => caller.joins());
      await pictured(sam, 'ringing');
      await board.follows('Sam', 'on_call', () => sam.key('y'));
      await caller.talks();
      await sameSafetyWords(caller, sam);
    });

    await part('both write, and the caller is sent a card of the directory', async () => {
      await sam.writes('I am here. Take your time.');
      await caller.reads('Take your time.');
      await caller.taps('cannot_talk');
      await sam.reads('I can’t talk');
      await caller.writes('Somebody is next door');
      await sam.reads('Somebody is next door');
      await sendsCard(sam, 'samaritans', 'Samaritans');
      await caller.reads('Samaritans');
      const links = await caller.page.$$eval('[data-card] a', (found) =>
        found.map((link) => link.getAttribute('href')),
      );
      assert.deepEqual(links, ['tel:116123', 'https://www.samaritans.org']);
      await pictured(caller, 'card');
    });

    await part('help is asked for, stands above everything, and is taken', async () => {
      const shown = await caller.text();
      await sam.clicksOn('[data-key="H"]');
      for (const helper of [tom, rhian])
        await helper.page.waitForSelector('[data-help-alert="1"] [data-act="take-help"]');
      assert.ok(await isAboveAll(tom, '[data-help-alert]'));
      assert.ok(await isAboveAll(rhian, '[data-help-alert]'));
      await pictured(tom, 'help');
      await rhian.acts('take-help');
      await sam.says('Rhian, clinician, sees to it.');
      for (const helper of [tom, rhian]) await helper.page.waitForSelector('[data-help-alert]', { hidden: true });
      assert.equal(await caller.text(), shown, 'the caller notices nothing');
    });

    await part('the clinician is brought in announced, and let go', async () => {
      await sam.acts('join');
      await rhian.becomes('invited');
      await board.follows('Rhian', 'on_call', () => rhian.key('y'));
      await caller.lists('You', 'Sam, counsellor', 'Rhian, clinician');
      await sameSafetyWords(caller, rhian);
      await pictured(sam, 'three');
      await sam.acts('dismiss');
      await sam.confirms();
      await rhian.becomes('wrap_up');
      await caller.lists('You', 'Sam, counsellor');
      await board.follows('Rhian', 'available', () => rhian.key('a'));
    });

    await part('they agree what happens if the line drops, and on another talk', async () => {
      await sam.clicksOn('xpath/.//fieldset[@data-plan]//label[contains(., "They telephone")]/input');
      await caller.page.waitForSelector('[data-plan="telephone"]');
      code = await books(sam);
      const theirs = await caller.page.waitForSelector('.promised [data-code]');
      assert.equal(await theirs.evaluate((found) => found.textContent.trim()), code);
      assert.equal(code.split(/\s+/).length, 5);
      await pictured(sam, 'booked');
    });

    await part('the call ends, is coded, and a break begins', async () => {
      await board.follows('Sam', 'wrap_up', () => sam.ends());
      await caller.shows('ended');
      const fields = await sam.page.$$('.codes select');
      assert.equal(fields.length, 5);
      for (const field of fields) await field.select('1');
      await sam.clicksOn('.codes button[type="submit"]');
      await sam.page.waitForSelector('[data-codes="saved"]');
      await pictured(sam, 'wrapped-up');
      await board.follows('Sam', 'break', () => sam.key('k'));
      await board.follows('Priya', 'available', () => priya.key('a'));
    });

    await part('the clinician reads what the counsellor sealed, and that is written down', async () => {
      await rhian.goesTo('follow_ups');
      await rhian.clicksOn('[data-reach]');
      const contact = await rhian.page.waitForSelector('[data-contact]');
      assert.match(await contact.evaluate((found) => found.textContent), new RegExp(`Jo.*${REACH}`));
      await rhian.says('Taken down by Sam. That you have read it is written down.');
      await pictured(rhian, 'contact');
      const audit = (await scene.gateway.command('audit', 'list')).trim().split('\n');
      assert.equal(audit.filter((line) => line.includes('contact_read')).length, 1);
      assert.ok(!audit.some((line) => line.includes(REACH)), 'nothing of what was read');
      assert.match(await scene.gateway.command('audit', 'verify'), /all sound/);
    });

    await part('the caller comes back by the words, to the same counsellor', async () => {
      await board.follows('Sam', 'available', () => sam.key('a'));
      const back = await CallerPage.open(scene.callerEnd, scene.origin);
      await (await back.page.waitForSelector('[data-have-code]')).click();
      await (await back.page.waitForSelector('.code-input')).type(code.toUpperCase());
      await board.follows('Sam', 'ringing', () => back.page.keyboard.press('Enter'));
      await sam.says('A follow-up: the caller comes back as promised.');
      await priya.becomes('available');
      await board.follows('Sam', 'on_call', () => sam.key('y'));
      await back.talks();
      await board.follows('Sam', 'wrap_up', () => back.leaves());
      await board.follows('Sam', 'follow_up', () => sam.key('f'));
      await sam.goesTo('follow_ups');
      await sam.page.waitForSelector('[data-standing="done"]');
      await sam.says('The caller came back and was answered.');
      await rhian.reload();
      await rhian.goesTo('follow_ups');
      await rhian.page.waitForSelector('[data-standing="done"]');
      nothingWrong(back);
    });

    await part('the figures have counted the hour', async () => {
      await pictured(tom, 'wallboard');
      const { total, hours } = await countsOfToday(tom);
      await pictured(tom, 'figures');
      assert.deepEqual(total, { Callers: '2', Answered: '2' });
      assert.deepEqual(hours, { offered: 2, answered: 2, left: 0 });
    });

    board.report();
    nothingWrong(caller, sam, rhian, tom, priya);
  });
}

/** Puts Sam on in the last hour of the week, and gives the training two more weeks. */
async function plans(tom) {
  await tom.goesTo('rota');
  await tom.chooses('#whom-to-plan', 'Sam');
  const gaps = () => tom.page.$eval('[data-gaps]', (found) => Number(found.dataset.gaps));
  const before = await gaps();
  await tom.page.bringToFront();
  await (await tom.page.$$('[data-place]')).at(-1).click();
  assert.equal(await gaps(), before - 1);
  await tom.acts('save');
  await tom.page.waitForSelector('[data-said="saved"]');
  const until = new Date(Date.now() + 14 * 86_400_000).toISOString().slice(0, 10);
  await tom.fills('[data-trained="Sam"] input', until);
  await tom.clicksOn('[data-trained="Sam"] button[type="submit"]');
  await tom.says('Set for Sam.');
  await tom.page.waitForSelector('[data-trained="Sam"][data-soon="true"]');
}

/** Microphone, loudspeaker, ring, and the way to the relay. */
async function checks(sam) {
  await sam.clicks('Test the microphone');
  await sam.page.waitForSelector('[data-heard]');
  await sam.clicks('Stop the test');
  await sam.clicksOn('[data-loudspeaker] [data-act="play"]');
  await sam.acts('heard');
  await sam.page.waitForSelector('[data-loudspeaker="heard"]');
  await sam.clicks('Play the ring');
  await sam.acts('path');
  await sam.page.waitForSelector('[data-path="udp"]');
}

async function sendsCard(sam, looked, name) {
  await sam.clicksOn('.services-in-call summary');
  await (await sam.page.waitForSelector('#look')).type(looked);
  await sam.clicksOn(`[data-service="${name}"] .service-row`);
  await sam.acts('send-card');
  await sam.page.waitForSelector('[data-sent="arrived"]');
}

/** Promises another talk in some minutes, with how the caller is reached, and gives the words. */
async function books(sam) {
  await sam.clicksOn('.book input[type="checkbox"]');
  await sam.says('Can be read by: Rhian.');
  const [name, reach] = await sam.page.$$('.book input[type="text"]');
  await name.type('Jo');
  await reach.type(REACH);
  const local = await sam.page.evaluate((soon) => {
    const at = new Date(Date.now() + soon);
    return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  }, SOON_MS);
  await sam.fills('.book input[type="datetime-local"]', local);
  await sam.clicksOn('.book button[type="submit"]');
  const shown = await sam.page.waitForSelector('.book [data-code]');
  return shown.evaluate((found) => found.textContent.trim());
}

/** Nothing lies over it, and nothing comes before it in the page. */
function isAboveAll(page, selector) {
  return page.page.$eval(selector, (found) => {
    const { left, top, width, height } = found.getBoundingClientRect();
    const there = document.elementFromPoint(left + width / 2, Math.max(top, 0) + Math.min(height, innerHeight) / 2);
    return found.contains(there) && top < innerHeight / 4;
  });
}

async function countsOfToday(tom) {
  await tom.goesTo('figures');
  await tom.clicks('Today');
  await tom.page.waitForFunction(
    () => {
      const shown = document.querySelector('.report__shown');
      return shown !== null && shown.dataset.from === shown.dataset.to;
    },
    { polling: 100 },
  );
  return tom.page.evaluate(() => {
    const pairs = [...document.querySelectorAll('.report__key div')].map((pair) => [
      pair.querySelector('dt').textContent,
      pair.querySelector('dd').textContent,
    ]);
    const { Callers, Answered } = Object.fromEntries(pairs);
    const column = (at) =>
      [...document.querySelectorAll('[data-table="by-hour"] tbody tr')].reduce(
        (sum, row) => sum + Number(row.querySelectorAll('td')[at].textContent),
        0,
      );
    return { total: { Callers, Answered }, hours: { offered: column(0), answered: column(1), left: column(2) } };
  });
}
