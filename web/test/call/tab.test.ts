import { describe, expect, test } from 'vitest';
import { Tab } from '../../src/call/tab';
import { FakeLine } from './fakes/line';
import { FakeBrowser } from './fakes/pages';

const kept = {
  token: 'secret',
  call: '0a'.repeat(16),
  keys: { privateKey: Uint8Array.from([1, 2]), publicKey: Uint8Array.from([3, 255]) },
};

describe('a tab', () => {
  const browser = new FakeBrowser(new FakeLine().callerSide);
  const tab = new Tab(browser.storage);

  test('gives back what it kept, until it forgets', () => {
    tab.save(kept);
    expect(tab.load()).toEqual(kept);
    tab.forget();
    expect(tab.load()).toBe(undefined);
    expect(browser.stored.size).toBe(0);
  });

  test.each(['', '{', '{}', '{"token":"a","call":"b","privateKey":"%","publicKey":""}', '[]'])(
    'takes %j for nothing',
    (text) => {
      browser.stored.set('call', text);
      expect(tab.load()).toBe(undefined);
    },
  );

  test('goes without where the browser forbids storage', () => {
    const forbidden = () => {
      throw new DOMException('no', 'SecurityError');
    };
    const bare = new Tab({ getItem: forbidden, setItem: forbidden, removeItem: forbidden });
    bare.save(kept);
    expect(bare.load()).toBe(undefined);
    expect(new Tab(undefined).load()).toBe(undefined);
  });
});
