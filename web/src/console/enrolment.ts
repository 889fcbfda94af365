/** The desk's view of this device's enrolment. `call/device.ts` holds the key and the credential. */
import type { DeviceErrorCode } from '../call/device';

const KNOWN: readonly DeviceErrorCode[] = [
  'offline',
  'link-used',
  'link-for-program',
  'bad-name',
  'no-passkeys',
  'passkey-stopped',
  'passkey-refused',
  'shut-out',
  'not-for-this-device',
  'not-a-credential',
];

/** The words' key for what enrolment threw. */
export function deviceErrorOf(error: unknown): DeviceErrorCode {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return KNOWN.find((known) => known === code) ?? 'internal';
}

/** The one-time token of an enrolment link (`/console/#enrol=TOKEN`). The part after # never reaches the server's log. */
export function tokenOf(hash: string): string | undefined {
  return /^#enrol=([\w-]{8,200})$/.exec(hash)?.[1];
}
