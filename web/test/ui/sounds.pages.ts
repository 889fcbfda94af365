/** The sounds of the pages as they leave the browser, rendered offline: how loud, how soon, and without clicks. */
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { fade, voices } from '../../src/caller/tone';
import type { hush, strike } from '../../src/console/ring';
import { openBrowser, openStory } from './browser';

declare const sounds: {
  voices: typeof voices;
  fade: typeof fade;
  strike: typeof strike;
  hush: typeof hush;
};

const RATE = 48_000;

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

/** Samples that the page rendered: base64 of 32-bit floats on the way here. */
async function render(path: string, draw: (tab: Page) => Promise<string>): Promise<Float32Array> {
  const { tab } = await openStory(browser, path);
  const bytes = Buffer.from(await draw(tab), 'base64');
  await tab.close();
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** `seconds` of the tone, switched on at the start and off at `off`. */
const tone = (seconds: number, off = seconds) =>
  render('/?story=start', (tab) =>
    tab.evaluate(
      async (length, end, rate) => {
        const context = new OfflineAudioContext(1, length * rate, rate);
        const gain = sounds.voices(context);
        sounds.fade(gain, true, 0);
        if (end < length) sounds.fade(gain, false, end);
        const { buffer } = (await context.startRendering()).getChannelData(0);
        const bytes = new Uint8Array(buffer);
        let text = '';
        for (let at = 0; at < bytes.length; at += 8192) {
          text += String.fromCharCode(...bytes.subarray(at, at + 8192));
        }
        return btoa(text);
      },
      seconds,
      off,
      RATE,
    ),
  );

/** Two seconds of the ring, struck at the start and silenced at `off`. */
const ring = (off?: number) =>
  render('/console/?story=unavailable', (tab) =>
    tab.evaluate(
      async (end, rate) => {
        const context = new OfflineAudioContext(1, 2 * rate, rate);
        const bells = sounds.strike(context, 0);
        if (end !== null) sounds.hush(bells, end);
        const { buffer } = (await context.startRendering()).getChannelData(0);
        const bytes = new Uint8Array(buffer);
        let text = '';
        for (let at = 0; at < bytes.length; at += 8192) {
          text += String.fromCharCode(...bytes.subarray(at, at + 8192));
        }
        return btoa(text);
      },
      off ?? null,
      RATE,
    ),
  );

const decibels = (value: number): number => 20 * Math.log10(value + 1e-9);
const peak = (samples: Float32Array): number =>
  decibels(samples.reduce((most, one) => Math.max(most, Math.abs(one)), 0));
const level = (samples: Float32Array): number =>
  decibels(Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length));
/** Levels of 100 ms each. */
function levels(samples: Float32Array): number[] {
  const step = RATE / 10;
  return Array.from({ length: Math.floor(samples.length / step) }, (_, i) =>
    level(samples.subarray(i * step, (i + 1) * step)),
  );
}
/**
 * The sharpest bend of the wave. A sine of frequency f and amplitude a bends by a * (2 pi f / rate)^2 at most; a jump, which is what
 * one hears as a click, bends by its whole height.
 */
function sharpest(samples: Float32Array): number {
  let most = 0;
  for (let i = 2; i < samples.length; i++) {
    const [a, b, c] = [samples[i - 2] ?? 0, samples[i - 1] ?? 0, samples[i] ?? 0];
    most = Math.max(most, Math.abs(a - 2 * b + c));
  }
  return most;
}
const bend = (hertz: number, amplitude: number): number => amplitude * ((2 * Math.PI * hertz) / RATE) ** 2;

describe('the waiting tone', () => {
  it('is soft, never silent once it is there, and far from clipping', async () => {
    const steady = (await tone(32)).subarray(8 * RATE);
    expect(peak(steady)).toBeLessThan(-10);
    expect(level(steady)).toBeGreaterThan(-32);
    expect(level(steady)).toBeLessThan(-22);
    for (const moment of levels(steady)) expect(moment).toBeGreaterThan(-42);
  });

  it('comes slowly, goes within three seconds, and never clicks', async () => {
    const samples = await tone(16, 10);
    expect(level(samples.subarray(0, RATE / 10))).toBeLessThan(-45);
    expect(level(samples.subarray(13 * RATE))).toBeLessThan(-75);
    expect(sharpest(samples)).toBeLessThan(bend(588, 0.1));
  });
});

describe('the ring', () => {
  it('is heard within a tenth of a second, for a second, without clipping or a click', async () => {
    const samples = await ring();
    const heard = levels(samples);
    expect(heard[0]).toBeGreaterThan(-20);
    for (const moment of heard.slice(0, 10)) expect(moment).toBeGreaterThan(-40);
    expect(peak(samples)).toBeLessThan(-2);
    expect(sharpest(samples)).toBeLessThan(bend(784, 0.75));
    expect(level(samples.subarray(1.8 * RATE))).toBeLessThan(-90);
  });

  it('is silent a twentieth of a second after the caller hung up, without a click', async () => {
    const samples = await ring(0.4);
    expect(level(samples.subarray(0.45 * RATE))).toBeLessThan(-70);
    // The gate bends the wave by more than a bell does, and by much less than a cut: 0.5 in one sample.
    expect(sharpest(samples)).toBeLessThan(0.01);
  });
});
