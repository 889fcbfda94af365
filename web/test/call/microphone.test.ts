import { beforeEach, describe, expect, test } from 'vitest';
import { Microphone, troubleOf } from '../../src/call/microphone';
import { settle } from './fakes/clock';
import { FakeDevices } from './fakes/media';

let devices: FakeDevices;
let told: string[];
let microphone: Microphone;

beforeEach(() => {
  devices = new FakeDevices();
  told = [];
  microphone = new Microphone({
    devices: devices.asDevices,
    replaced: () => told.push('replaced'),
    lost: (trouble) => told.push(trouble),
  });
});

describe('a microphone', () => {
  test.each([
    ['NotAllowedError', 'microphone-refused'],
    ['NotFoundError', 'microphone-missing'],
    ['OverconstrainedError', 'microphone-missing'],
    ['NotReadableError', 'microphone-busy'],
  ])('says what %s means', async (name, trouble) => {
    devices.fail = name;
    await expect(microphone.open()).rejects.toMatchObject({ trouble });
    expect(troubleOf(new DOMException('no', name))).toBe(trouble);
  });

  test('is opened once for all who ask', async () => {
    const [one, two] = await Promise.all([microphone.open(), microphone.open()]);
    expect(one).toBe(two);
    expect(devices.given.length).toBe(1);
  });

  test('stays muted over a change of device', async () => {
    await microphone.open();
    microphone.setMuted(true);
    devices.unplug();
    await settle();
    expect(told).toEqual(['replaced']);
    expect(devices.given.map(({ enabled }) => enabled)).toEqual([false, false]);
  });

  test('is tried again when a device is plugged in', async () => {
    await microphone.open();
    devices.fail = 'NotFoundError';
    devices.unplug();
    await settle();
    expect(told).toEqual(['microphone-missing']);
    devices.fail = undefined;
    devices.dispatchEvent(new Event('devicechange'));
    await settle();
    expect(told).toEqual(['microphone-missing', 'replaced']);
  });

  test('is let go at once, also when it was just being opened', async () => {
    const opening = microphone.open();
    microphone.release();
    await expect(opening).rejects.toMatchObject({ trouble: 'microphone-missing' });
    expect(devices.given.map(({ readyState }) => readyState)).toEqual(['ended']);
    devices.dispatchEvent(new Event('devicechange'));
    await settle();
    expect(told).toEqual([]);
  });
});
