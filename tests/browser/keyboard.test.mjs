/** The console's whole work by the keyboard alone, signing in excepted: every page, every control, every act of a shift. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOpenToAll } from './support/axe.mjs';
import { Keyboard } from './support/keyboard.mjs';
import { fillDirectory, inParts, nothingWrong, signIn } from './support/shift.mjs';
import { stage } from './support/stage.mjs';

const still = [{ name: 'prefers-reduced-motion', value: 'reduce' }];

/** Somebody at a desk without a mouse. */
async function withoutMouse(scene, role, name) {
  const desk = await signIn(scene, role, name);
  await desk.page.emulateMediaFeatures(still);
  // The form in which they gave their name is gone: some roles have one page only, and nothing of its own to wait for.
  await desk.page.waitForSelector('[data-screen="enrol"]', { hidden: true });
  return new Keyboard(desk);
}

test('every page is gone round by the Tab key, with a focus that is seen and that nothing holds, and axe-core finds nothing in it', async (t) => {
  const scene = await stage(t);
  await fillDirectory(scene);
  const pages = {
    counsellor: ['follow_ups', 'rota', 'directory', 'desk'],
    supervisor: ['follow_ups', 'wallboard', 'rota', 'figures', 'triage', 'directory', 'desk'],
    coordinator: ['directory', 'triage'],
    administrator: ['directory', 'office'],
    commissioner: [],
  };
  for (const [role, ids] of Object.entries(pages)) {
    const keys = await withoutMouse(scene, role, role);
    for (const id of ids.length > 0 ? ids : [undefined]) {
      if (id !== undefined) await keys.goesTo(id);
      await isThere(keys);
      await opensAll(keys);
      const page = id ?? 'the only page';
      await keys.goesRound(`${role}, ${page}`);
      await isOpenToAll(keys.page, `${role}, ${page}`);
    }
    for (const view of role === 'supervisor' ? ['release', 'forecast', 'report'] : []) {
      if (view === 'release') await keys.goesTo('figures');
      await keys.does(`[data-view="${view}"]`);
      await keys.page.waitForSelector(`[data-view="${view}"][aria-pressed="true"]`);
      await isThere(keys);
      await opensAll(keys);
      await keys.goesRound(`figures, ${view}`);
      await isOpenToAll(keys.page, `figures, ${view}`);
    }
    nothingWrong(keys.desk);
    await keys.page.close();
  }
});

test('a shift is worked by the keyboard alone', async (t) => {
  const scene = await stage(t, { environment: { QUIETLINE_CALLS_RING_S: '60' } });
  await fillDirectory(scene);
  const part = inParts(t);
  const [tom, sam, nia] = [
    await withoutMouse(scene, 'supervisor', 'Tom'),
    await withoutMouse(scene, 'counsellor', 'Sam'),
    await withoutMouse(scene, 'coordinator', 'Nia'),
  ];
  let caller;

  await part('the rota is planned with arrow keys, and a training is set', async () => {
    await tom.goesTo('rota');
    await tom.reach('[data-place]');
    const gaps = () => tom.page.$eval('[data-gaps]', (found) => Number(found.dataset.gaps));
    const before = await gaps();
    // To Sunday's last hours: a place that is still to come, whatever day it is.
    await tom.press('End', ...Array(23).fill('ArrowDown'), 'Space');
    assert.equal(await gaps(), before - 1);
    await tom.page.keyboard.down('Shift');
    await tom.press('ArrowUp');
    await tom.page.keyboard.up('Shift');
    await tom.does('[data-act="save"]');
    await tom.page.waitForSelector('[data-said="saved"]');
    // The same in whatever order the browser has day and month.
    await tom.types('[data-trained="Sam"] input', `1212${new Date().getFullYear() + 1}`);
    await tom.does('[data-trained="Sam"] button[type="submit"]');
    await tom.desk.says('Set for Sam.');
  });

  await part('the wallboard is made large, and Escape goes back', async () => {
    await tom.goesTo('wallboard');
    await tom.desk.shows('wallboard');
    await tom.does('[data-act="far"]');
    await tom.desk.shows('wallboard-far');
    await tom.press('Escape');
    await tom.desk.shows('wallboard');
  });

  await part('the desk is checked and goes available', async () => {
    await sam.does('#microphone ~ button');
    await sam.page.waitForSelector('[data-heard]');
    await sam.does('#microphone ~ button');
    await sam.does('[data-loudspeaker] [data-act="play"]');
    await sam.does('[data-act="heard"]');
    await sam.does('[data-act="path"]', 'Space');
    await sam.page.waitForSelector('[data-path="udp"]');
    await sam.press('?');
    await sam.page.waitForSelector('dialog.key-list[open]');
    const listed = await sam.page.$$eval('.keys kbd', (keys) => keys.map((key) => key.textContent));
    assert.deepEqual(listed, ['A', 'K', 'D', 'F', '?']);
    await sam.press('Escape');
    await listIsGone(sam);
    await sam.press('a');
    await sam.desk.becomes('available');
  });

  await part('a call is answered, muted, held and written in', async () => {
    caller = await scene.callerPage();
    await caller.joins();
    await sam.desk.rings();
    await sam.goesRound('ringing');
    await sam.press('y');
    await sam.desk.becomes('on_call');
    await caller.talks();
    await sam.page.waitForSelector('[data-key="O"]');
    await opensAll(sam);
    await sam.goesRound('in a call');
    await sam.press('Escape');
    await onNothing(sam);
    await sam.press('w');
    await sam.page.keyboard.type('By keys alone: kdanfmohe?');
    await sam.press('Enter');
    await caller.reads('By keys alone: kdanfmohe?');
    await sam.desk.becomes('on_call');
    await sam.press('Tab');
    assert.ok(await sam.page.evaluate(() => document.activeElement.id !== 'write-field'), 'the field holds no focus');
    await sam.press('m');
    await sam.page.waitForSelector('[data-muted="true"]');
    await sam.press('m', 'o');
    await caller.says('on hold');
    await sam.press('o', '?');
    await sam.page.waitForSelector('dialog.key-list[open]');
    await sam.press('?');
    await listIsGone(sam);
  });

  await part('a card is found and sent with arrow keys', async () => {
    await sam.types('#look', 'samaritans');
    await sam.press('ArrowDown', 'Enter');
    await sam.does('[data-act="send-card"]');
    await sam.page.waitForSelector('[data-sent="arrived"]');
    await caller.reads('Samaritans');
  });

  await part('help is asked for and taken', async () => {
    await sam.press('h');
    await tom.page.waitForSelector('[data-act="take-help"]');
    await tom.does('[data-act="take-help"]');
    await sam.desk.says('Tom, supervisor, sees to it.');
    await sam.does('[data-act="help-done"]');
    await sam.page.waitForSelector('[data-key="H"]');
  });

  await part('what happens if the line drops is agreed, and another talk is promised', async () => {
    await sam.reach('[data-plan] input');
    await sam.press('ArrowDown');
    await caller.page.waitForSelector('[data-plan="call_back"]');
    await sam.does('.book button[type="submit"]');
    await caller.page.waitForSelector('.promised [data-code]');
  });

  await part('the call is ended after a question, coded, and a break taken', async () => {
    await sam.press('e');
    await sam.page.waitForSelector('[role="alertdialog"]');
    await sam.press('Escape');
    await sam.page.waitForSelector('[role="alertdialog"]', { hidden: true });
    await sam.press('e');
    await sam.page.waitForSelector('[role="alertdialog"]');
    await sam.press('Tab', 'Enter');
    await sam.desk.becomes('wrap_up');
    await sam.goesRound('wrapping up');
    await sam.reach('.codes select');
    await sam.press('ArrowDown');
    await sam.does('.codes button[type="submit"]');
    await sam.page.waitForSelector('[data-codes="saved"]');
    await sam.press('k');
    await sam.desk.becomes('paused');
  });

  await part('a promised talk is seen to, put back, and deleted after a question', async () => {
    await sam.goesTo('follow_ups');
    await sam.page.waitForSelector('.follow-up');
    await sam.goesRound('follow-ups');
    await sam.does('[data-settle="done"]');
    await sam.page.waitForSelector('[data-standing="done"]');
    await sam.does('[data-settle="open"]');
    await sam.page.waitForSelector('[data-standing="planned"]');
    await sam.does('[data-remove]');
    await sam.page.waitForSelector('[role="alertdialog"]');
    await sam.press('Tab', 'Enter');
    await sam.page.waitForSelector('[data-none]');
    await sam.goesTo('desk');
  });

  await part('a card of triage goes to the line, is taken, and closed', async () => {
    await nia.does('[data-act="open"]');
    await nia.does('[data-act="ask-line"]');
    await sam.does('[data-act="take"]');
    await nia.page.waitForSelector('[data-line="taken"]');
    await sam.does('[data-act="came"]');
    await nia.page.waitForSelector('[data-handed-over]');
    await nia.goesRound('a card that is handed over');
    await nia.does('[data-act="close"]');
    await nia.page.waitForSelector('.triage-over li');
  });

  await part('the directory is kept', async () => {
    const alex = await withoutMouse(scene, 'administrator', 'Alex');
    await alex.goesTo('directory');
    await alex.does('.keep-bar .button--main');
    await alex.goesRound('a new entry');
    await alex.types('#service-name', 'Night line');
    await alex.types('#service-purpose', 'Somebody to talk to at night.');
    await alex.types('#service-phone', '116 123');
    await alex.does('.edit button[type="submit"]');
    await alex.page.waitForSelector('[data-service="Night line"]');
    await alex.does('[data-service="Night line"] [data-act="retire"]');
    await alex.desk.says('Night line is retired.');
    nothingWrong(alex.desk);
  });

  nothingWrong(caller, tom.desk, sam.desk, nia.desk);
});

/** Waits until a page has what it fetches. */
async function isThere(keys) {
  await keys.page.waitForSelector('[data-screen]:not([data-screen$="loading"])');
  const marks = ['figures', 'services', 'triage', 'training'].map((mark) => `[data-${mark}="loading"]`);
  await keys.page.waitForSelector([...marks, '[data-training="none"]', '[data-loading]'].join(), { hidden: true });
}

/** The list is closed before the page knows of it: keys hold again when it is out of the page. */
async function listIsGone(keys) {
  await keys.page.waitForFunction(() => !document.querySelector('dialog.key-list'));
}

/** Opens by the keyboard what is folded. */
async function opensAll(keys) {
  const folded = 'details:not([open]) > summary';
  while (
    await keys.page.evaluate(
      (one) => [...document.querySelectorAll(one)].some((found) => found.checkVisibility()),
      folded,
    )
  ) {
    await keys.does(folded);
    await keys.page.waitForFunction(() => document.activeElement.closest('details')?.open);
  }
}

/** Leaves whatever field has the focus: single keys are for the desk again. */
async function onNothing(keys) {
  await keys.reach('button');
}
