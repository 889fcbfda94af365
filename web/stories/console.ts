/** The console around a fake desk: `/console/?story=NAME`. Tests steer it through `window.story`. */
import { type Device, DeviceError, type DeviceStore } from '../src/call/device';
import { hush, strike } from '../src/console/ring';
import { start } from '../src/console/start';
import { FALLBACK } from '../src/ui/config';
import { consoleStates, type GateStory, gateStates } from './console-states';
import { FakeDesk, staffView } from './fake';

const name = new URLSearchParams(location.search).get('story') ?? 'unavailable';
const gate: GateStory = gateStates[name] ?? { enrolled: 'yes' };
const desk = new FakeDesk(consoleStates[name] ?? staffView({}));
Object.assign(window, {
  story: desk,
  stories: [...Object.keys(gateStates), ...Object.keys(consoleStates)],
  sounds: { strike, hush },
});
if (gate.link) location.hash = '#enrol=0123456789abcdef0123456789abcdef';

const device: Device = {
  name: 'Sam',
  publicKey: 'mJ0v2kq3S7pWwq8mJ0v2kq3S7pWwq8mJ0v2kq3S7pWw',
  staff: '0'.repeat(32),
  device: '1'.repeat(32),
  credential: gate.enrolled === 'pending' ? undefined : 'ey.ey.ey',
};
const answer = (): Promise<Device> =>
  gate.fails
    ? Promise.reject(new DeviceError(gate.fails, 'story'))
    : Promise.resolve({ ...device, credential: 'ey.ey.ey' });
const devices: DeviceStore = {
  load: () =>
    gate.enrolled === 'never-answers'
      ? new Promise<never>(() => undefined)
      : Promise.resolve(gate.enrolled === 'no' ? undefined : device),
  enrol: answer,
  accept: answer,
  forget: () => Promise.resolve(),
};
void start({ config: Promise.resolve(FALLBACK), openDevices: () => devices, openDesk: () => desk });

// The stories in which something was refused show what comes after the button.
if (gate.fails) {
  const press = setInterval(() => {
    const form = document.querySelector('form');
    if (!form) return;
    clearInterval(press);
    for (const field of form.querySelectorAll<HTMLInputElement>('input, textarea')) field.value = 'Sam';
    form.requestSubmit();
  }, 20);
}
