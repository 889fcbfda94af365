import { describe, expect, it } from 'vitest';
import { isGone, keepDevice, keptDevice, sorted } from '../../src/console/sound-devices';

const one = (kind: MediaDeviceKind, deviceId: string, label: string) => ({ kind, deviceId, label });

describe('the devices of the desk', () => {
  it('are each listed once, without the names that stand for another one', () => {
    const list = [
      one('audioinput', 'default', 'Default – Headset'),
      one('audioinput', 'communications', 'Communications – Headset'),
      one('audioinput', 'a', 'Headset'),
      one('audiooutput', 'b', 'Headset'),
      one('videoinput', 'c', 'Camera'),
    ];
    expect(sorted(list)).toEqual({
      microphones: [{ id: 'a', label: 'Headset' }],
      speakers: [{ id: 'b', label: 'Headset' }],
      named: true,
    });
  });
  it('are not named before the microphone was allowed, and are then not taken for gone', () => {
    const { microphones, named } = sorted([one('audioinput', '', '')]);
    expect([microphones, named]).toEqual([[], false]);
    expect(isGone('a', microphones, named)).toBe(false);
    expect(isGone('a', [{ id: 'b', label: 'Desk' }], true)).toBe(true);
    expect(isGone(undefined, [], true)).toBe(false);
  });
  it('are remembered on this device, until the computer’s choice is chosen', () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    };
    keepDevice('speaker', 'b', storage);
    expect([keptDevice('speaker', storage), keptDevice('microphone', storage)]).toEqual(['b', undefined]);
    keepDevice('speaker', undefined, storage);
    expect(kept.size).toBe(0);
  });
});
