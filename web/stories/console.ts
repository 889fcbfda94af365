/** The console around a fake desk: `/console/?story=NAME`. Tests steer it through `window.story`. */
import { type Device, DeviceError, type DeviceStore } from '../src/call/device';
import { Practice } from '../src/console/drill/practice';
import { hush, strike } from '../src/console/ring';
import { start } from '../src/console/start';
import { FALLBACK } from '../src/ui/config';
import { accounts, consoleStates, type GateStory, gateStates, pressed } from './console-states';
import { drillOf } from './drill';
import { FakeDesk, staffView } from './fake';
import { lists } from './follow-ups';
import { shiftAnswers } from './shift';

const name = new URLSearchParams(location.search).get('story') ?? 'unavailable';
const gate: GateStory = gateStates[name] ?? { enrolled: 'yes' };
const desk = new FakeDesk(consoleStates[name] ?? staffView({}));
Object.assign(window, {
  story: desk,
  stories: [...Object.keys(gateStates), ...Object.keys(consoleStates)],
  sounds: { strike, hush },
});
if (gate.link) location.hash = '#enrol=0123456789abcdef0123456789abcdef';
desk.accounts = accounts;
desk.story = name;
desk.shifts = shiftAnswers(name);
drillOf(name, desk.training);

const device: Device = {
  name: 'Sam',
  role: 'counsellor',
  publicKey: 'mJ0v2kq3S7pWwq8mJ0v2kq3S7pWwq8mJ0v2kq3S7pWw',
  staff: '0'.repeat(32),
  device: '1'.repeat(32),
  credential: name === 'pending' ? undefined : 'ey.ey.ey',
};
const answer = <T>(good: T): Promise<T> =>
  gate.fails ? Promise.reject(new DeviceError(gate.fails, 'story')) : Promise.resolve(good);
const devices: DeviceStore = {
  load: () =>
    gate.enrolled === 'never-answers'
      ? new Promise<never>(() => undefined)
      : Promise.resolve(gate.enrolled === 'no' ? undefined : device),
  look: () =>
    gate.link && gate.fails !== 'link-used'
      ? Promise.resolve(gate.link)
      : Promise.reject(new DeviceError('link-used', 'story')),
  enrol: () => answer(device),
  hasSession: !gate.signedOut,
  signIn: () => answer(undefined),
  accept: () => Promise.reject(new DeviceError('not-for-this-device', 'story')),
  forget: () => Promise.resolve(),
};
const practice = new Practice(undefined);
if (desk.view.drill || name === 'drill-over') practice.begin();
if (name === 'drill-over') practice.end('no-drill');
void start({
  config: Promise.resolve(FALLBACK),
  openDevices: () => devices,
  openDesk: (_config, drill) => {
    if (drill !== desk.view.drill) desk.asked.push(drill ? 'to-the-drill' : 'to-the-line');
    desk.show({ drill });
    return desk;
  },
  practice,
});

// The stories in which something was refused show what comes after the button.
if (gate.fails && gate.fails !== 'link-used') {
  const press = setInterval(() => {
    const form = document.querySelector('form');
    const button = document.querySelector<HTMLButtonElement>('[data-screen=sign-in] .button--main');
    if (!form && !button) return;
    clearInterval(press);
    for (const field of form?.querySelectorAll<HTMLInputElement>('input') ?? []) field.value = 'Sam';
    if (form) form.requestSubmit();
    else button?.click();
  }, 20);
}

const listed = lists[name];
if (listed?.list) desk.promised.list = listed.list;
if (listed?.behaves) desk.promised.behaves = listed.behaves;
if (name === 'unavailable-refused') desk.refuses = 'lost';
const presses = pressed[name]?.split(/, | then /) ?? [];
if (presses.length > 0) {
  const press = setInterval(() => {
    const button = document.querySelector<HTMLButtonElement>(presses[0] ?? '');
    if (!button) return;
    presses.shift();
    for (const type of ['pointerdown', 'pointerup']) button.dispatchEvent(new PointerEvent(type, { bubbles: true }));
    button.click();
    if (presses.length === 0) clearInterval(press);
  }, 20);
}
