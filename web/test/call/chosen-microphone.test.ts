import { beforeEach, describe, expect, test } from 'vitest';
import { ChosenMicrophone } from '../../src/call/chosen-microphone';
import { settle } from './fakes/clock';
import { FakeDevices } from './fakes/media';

let devices: FakeDevices;
let told: string[];
let microphone: ChosenMicrophone;

beforeEach(() => {
  devices = new FakeDevices();
  devices.ids = ['headset', 'desk'];
  told = [];
  microphone = new ChosenMicrophone({
    devices: devices.asDevices,
    replaced: () => told.push('replaced'),
    lost: (trouble) => told.push(trouble),
    fellBack: () => told.push('fell back'),
  });
});

const states = () => devices.given.map(({ readyState }) => readyState);

describe('a chosen microphone', () => {
  test('is opened when it is first needed, and not before', async () => {
    await microphone.choose('headset');
    expect(devices.wanted).toEqual([]);
    await microphone.open();
    expect(devices.wanted).toEqual(['headset']);
    expect(told).toEqual([]);
  });

  test('takes over in a call, and the one before is let go only then', async () => {
    await microphone.open();
    microphone.setMuted(true);
    let before: string[] = [];
    const open = devices.getUserMedia;
    devices.getUserMedia = async (constraints) => {
      before = states();
      return open(constraints);
    };
    await microphone.choose('desk');
    expect(before).toEqual(['live']);
    expect(states()).toEqual(['ended', 'live']);
    expect(devices.given.map(({ enabled }) => enabled)).toEqual([false, false]);
    expect(told).toEqual(['replaced']);
  });

  test('that cannot be opened leaves the present one as it is', async () => {
    await microphone.open();
    devices.fail = 'NotReadableError';
    await expect(microphone.choose('desk')).rejects.toMatchObject({ trouble: 'microphone-busy' });
    expect(states()).toEqual(['live']);
    devices.fail = undefined;
    devices.unplug();
    await settle();
    expect(devices.wanted.at(-1)).toBeUndefined();
  });

  test('that is unplugged falls back to the default one, and says so', async () => {
    await microphone.choose('headset');
    await microphone.open();
    devices.ids = ['desk'];
    devices.unplug();
    await settle();
    expect(devices.wanted).toEqual(['headset', 'headset', undefined]);
    expect(told).toEqual(['fell back', 'replaced']);
  });

  test('is not asked for again when it is chosen twice', async () => {
    await microphone.choose('headset');
    await microphone.open();
    await microphone.choose('headset');
    expect(devices.wanted).toEqual(['headset']);
  });
});
