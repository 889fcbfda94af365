import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FALLBACK, parseConfig, telephone } from '../../src/ui/config';
import { words } from '../../src/words';
import { words as consoleWords } from '../../src/words/console';
import { clock, count, duration } from '../../src/words/english';

const page = (name: string): string =>
  readFileSync(resolve(import.meta.dirname, '../..', name), 'utf8').replace(/\s+/g, ' ');

describe('the page without JavaScript', () => {
  it('says the same as the words', () => {
    const html = page('index.html');
    const { frame, start } = words;
    for (const text of [
      frame.exit,
      frame.noScript,
      frame.phoneBefore,
      frame.emergencyBefore,
      frame.late,
      frame.lateAfter,
      start.title,
      start.lead,
    ]) {
      expect(html).toContain(text);
    }
  });

  it('has the number and 999, also where an address is not found', () => {
    for (const name of ['index.html', '404.html']) {
      expect(page(name)).toContain(`<a href="${telephone(FALLBACK.phone)}"`);
      expect(page(name)).toContain('<a href="tel:999">999</a>');
      expect(page(name)).toContain(`href="${FALLBACK.exit_url}"`);
    }
  });

  it('has a neutral title and keeps out of search', () => {
    expect(page('index.html')).toContain('<title>Welcome</title>');
    for (const name of ['index.html', '404.html', 'console/index.html']) {
      expect(page(name)).toContain('content="noindex, nofollow, noarchive"');
      expect(page(name)).not.toMatch(/ (style|on\w+)="|<style|<script>/);
    }
  });
});

describe('the configuration', () => {
  it('falls back part by part', () => {
    expect(parseConfig(null)).toEqual(FALLBACK);
    expect(parseConfig({ phone: '01 23', service: 7 })).toEqual({ ...FALLBACK, phone: '01 23' });
  });
  it('leaves only for a safe address', () => {
    expect(parseConfig({ exit_url: 'javascript:alert(1)' }).exit_url).toBe(FALLBACK.exit_url);
    expect(parseConfig({ exit_url: 'https://example.org/' }).exit_url).toBe('https://example.org/');
  });
  it('makes a number that can be called', () => {
    expect(telephone('+44 (0)300 131 2789')).toBe('tel:+443001312789');
  });
});

describe('the words of the caller’s page', () => {
  it('carry none of the console’s, which would only make it heavier', () => {
    expect(Object.keys(words)).not.toContain('desk');
    expect(Object.keys(consoleWords)).toEqual([...Object.keys(words), 'desk']);
  });
});

describe('English', () => {
  it('counts in words up to ten', () => {
    expect([count(2, true), count(10), count(11)]).toEqual(['Two', 'ten', '11']);
    expect(words.waiting.place(2)).toBe('Two people are before you.');
  });
  it('says times plainly', () => {
    expect([45, 80, 120, 3600, 3900].map(duration).map((text) => text.replaceAll('\u00a0', ' '))).toEqual([
      '45 s',
      '1 min 20 s',
      '2 min',
      '1 h',
      '1 h 5 min',
    ]);
    expect([7, 760, 3729].map(clock)).toEqual(['0:07', '12:40', '1:02:09']);
  });
});
