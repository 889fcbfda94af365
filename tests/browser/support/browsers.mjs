/** Debian's Chromium and Firefox ESR, each with a profile, a sound and a trust of its own. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';
import { scratch } from './paths.mjs';
import { run } from './processes.mjs';
import { Person } from './sound.mjs';

const PRIORITY = -15;

/**
 * Sound has deadlines and a test machine has other work. What a process starts inherits its priority; a session of processes
 * has one of its own beside that (sched(7), autogroup). Both need to be root.
 */
function hurry(session) {
  try {
    setPriority(PRIORITY);
    writeFileSync(`/proc/${session}/autogroup`, String(PRIORITY));
  } catch {
    // Not root, or a kernel without groups: sound may have holes when the machine is busy.
  }
}
hurry('self');

/** Where Debian puts them. */
const EXECUTABLES = { chromium: '/usr/bin/chromium', firefox: '/usr/bin/firefox-esr' };

const CHROMIUM_FLAGS = [
  '--use-fake-ui-for-media-stream',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-default-apps',
  '--disable-dev-shm-usage',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-features=WebRtcHideLocalIpsWithMdns,OptimizationHints,MediaRouter,AudioServiceSandbox',
];

const FIREFOX_PREFERENCES = {
  'app.normandy.enabled': false,
  'browser.safebrowsing.downloads.remote.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'media.autoplay.blocking_policy': 0,
  'media.autoplay.default': 0,
  'media.navigator.permission.disabled': true,
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'permissions.default.microphone': 1,
  'toolkit.telemetry.enabled': false,
};

/**
 * Starts a browser with ears and a mouth.
 * @param {'chromium' | 'firefox'} kind
 * @param {{ name?: string, authority?: string, flags?: string[], preferences?: Record<string, unknown>,
 *   microphone?: boolean }} options `authority`: the certificate authority to trust (PEM file)
 */
export async function open(kind, { name = kind, authority, flags = [], preferences = {}, microphone } = {}) {
  const person = await Person.appear(name, { microphone });
  const profile = scratch(`${name}-profile`);
  // Chromium reads its trust from the home folder, Firefox from the profile.
  const trust = kind === 'chromium' ? join(profile, '.pki/nssdb') : profile;
  if (authority) await trustAuthority(trust, authority);
  const env = { ...process.env, ...person.environment, HOME: profile, MOZ_DISABLE_AUTO_SAFE_MODE: '1' };
  const common = { executablePath: EXECUTABLES[kind], env, userDataDir: profile, protocolTimeout: 60_000 };
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  let browser;
  try {
    browser = await (kind === 'chromium'
      ? puppeteer.launch({
          ...common,
          headless: true,
          ignoreDefaultArgs: ['--mute-audio'],
          args: [...CHROMIUM_FLAGS, ...asRoot, ...flags],
        })
      : puppeteer.launch({
          ...common,
          browser: 'firefox',
          headless: true,
          args: flags,
          extraPrefsFirefox: { ...FIREFOX_PREFERENCES, ...preferences },
        }));
  } catch (error) {
    await person.leave();
    throw error;
  }
  hurry(browser.process()?.pid);
  return {
    kind,
    name,
    person,
    browser,
    async close() {
      await browser.close();
      await person.leave();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function trustAuthority(database, authority) {
  mkdirSync(database, { recursive: true });
  await run('certutil', ['-N', '-d', `sql:${database}`, '--empty-password']);
  await run('certutil', ['-A', '-d', `sql:${database}`, '-n', 'quietline', '-t', 'C,,', '-i', authority]);
}
