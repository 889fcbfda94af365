/** What the server says that a page may show (`GET /api/config`), and what a page shows until then. */
import type { PublicConfig } from '../proto';

export interface PageConfig extends PublicConfig {
  /** Where *Exit this page* goes: an https address that says nothing of this service. */
  readonly exit_url: string;
}

export const FALLBACK: PageConfig = {
  service: '',
  phone: '0300 131 2789',
  authority: '',
  exit_url: 'https://www.bbc.co.uk/weather',
};

/** Milliseconds between tries; the last one again and again. */
const PAUSES = [500, 1000, 2000, 4000, 8000] as const;

/** Reads the configuration, and tries until there is an answer: without the authority's key no call can be made. */
export async function readConfig(): Promise<PageConfig> {
  for (let tries = 0; ; tries++) {
    try {
      const answer = await fetch('/api/config', { credentials: 'omit', cache: 'no-store' });
      if (answer.ok) return parseConfig(await answer.json());
    } catch {
      // Unreachable for now; the page says so after a while.
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSES[Math.min(tries, PAUSES.length - 1)]));
  }
}

/** Takes what is usable of an answer and keeps the fallback for the rest. */
export function parseConfig(answer: unknown): PageConfig {
  if (typeof answer !== 'object' || answer === null) return FALLBACK;
  const text = (name: string, fallback: string): string => {
    const value = (answer as Record<string, unknown>)[name];
    return typeof value === 'string' && value !== '' ? value : fallback;
  };
  const exit = text('exit_url', FALLBACK.exit_url);
  return {
    service: text('service', FALLBACK.service),
    phone: text('phone', FALLBACK.phone),
    authority: text('authority', FALLBACK.authority),
    exit_url: exit.startsWith('https://') ? exit : FALLBACK.exit_url,
  };
}

/** The `tel:` address of a number as people read it. */
export function telephone(phone: string): string {
  const written = phone.trim();
  // "+44 (0)300": the bracketed 0 is dialled only without the country's code.
  const dialled = written.startsWith('+') ? written.replace('(0)', '') : written;
  return `tel:${dialled.replace(/[^+\d]/g, '')}`;
}

/** Puts the configured number into the parts of the page that are there without JavaScript. */
export function showPhone(phone: string, root: ParentNode = document): void {
  for (const link of root.querySelectorAll<HTMLAnchorElement>('a[data-phone]')) {
    link.href = telephone(phone);
    link.textContent = phone;
  }
}
