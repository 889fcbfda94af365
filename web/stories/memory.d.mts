import type { Page } from 'puppeteer-core';

/** Counters of the browser by its own names. */
export type Held = Readonly<Record<string, number>>;
/** Gives a function that measures what a page of Chromium holds. */
export function watchMemory(page: Page): Promise<() => Promise<Held>>;
/** What has grown, in words; nothing where the page is flat. */
export function grown(samples: readonly Held[], known?: Readonly<Record<string, number>>): string[];
/** The medians of the second and the last quarter, for people. */
export function told(samples: readonly Held[]): object;
