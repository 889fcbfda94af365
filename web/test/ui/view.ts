/** Views for the tests of the pages' pure parts. */

import type { CallerView } from '../../src/call/api';
import { noConversation } from '../../src/call/text/conversation';
import type { VerifiedMember } from '../../src/e2ee/api';

export const me: VerifiedMember = { leaf: 1, identity: { role: 'caller' }, me: true, signatureKey: new Uint8Array(32) };
export const member = (leaf: number, name: string, role: 'counsellor' | 'clinician'): VerifiedMember => ({
  leaf,
  identity: { role, name, staff: '0'.repeat(32) },
  me: false,
  signatureKey: new Uint8Array(32),
});

export const callerView = (part: Partial<CallerView>): CallerView => ({
  signalling: 'up',
  media: 'up',
  members: [],
  words: undefined,
  hearing: false,
  conversation: noConversation,
  muted: false,
  trouble: undefined,
  refusal: undefined,
  drill: false,
  state: { phase: 'idle' },
  onShift: true,
  followUp: undefined,
  codeRefused: undefined,
  ...part,
});
