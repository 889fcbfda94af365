/** The English words of the administrator's page. */
import { count } from './english';

export const office = {
  title: 'Accounts',
  documentTitle: 'Accounts – Desk',
  failed: 'The accounts cannot be shown just now. This page asks again by itself.',
  old: 'The accounts cannot be read just now, so this may be out of date. This page asks again by itself.',
  offline: 'The connection to the service is lost. It comes back by itself; until then nothing can be changed.',
  proposed: 'Another administrator must confirm this. They see it on this page, for 24 hours.',
  problems: {
    lost: 'The service could not be reached. Nothing may have been changed: look again.',
    alone: 'Nobody can do this alone, or to themselves: another administrator can.',
    gone: 'That was dealt with already, or has run out.',
    internal: 'The service could not do this. Nothing was changed.',
  },
  invite: {
    title: 'Invite somebody',
    role: 'As',
    hint: 'You get a link for them. One more administrator must be confirmed by another one.',
    submit: 'Make a link',
    whom: (role: string) => `a new ${role}`,
  },
  people: {
    title: 'People',
    me: 'you',
    of: (name: string) => `of ${name}`,
    noDevice: 'No device.',
    device: (native: boolean, since: number) =>
      `${native ? 'Program' : 'Browser with passkey'}, since ${new Date(since).toLocaleDateString('en-GB')}`,
    wantsCredential: 'waits for its credential',
    shutOutDevice: 'Shut out',
    shutOut: 'Shut out',
    recover: 'Lost every passkey',
    ask: {
      person: (name: string) => `Shut ${name} out?`,
      recover: (name: string) => `Has ${name} lost every passkey?`,
      device: (name: string) => `Shut this device of ${name} out?`,
    },
    askHint: {
      person: 'All their devices and passkeys stop at once, also in a call. It cannot be taken back.',
      recover:
        'Make sure that it is really them, in person or by a number that you know. Another administrator must confirm; the link then goes to them.',
      device: 'It stops at once, also in a call, with its passkey. It cannot be taken back.',
    },
    yes: { person: 'Shut out', recover: 'Ask for a new link', device: 'Shut out' },
    no: 'Go back',
    gone: (people: number) => `${count(people, true)} shut out.`,
  },
  proposal: {
    somebody: 'Somebody',
    newAdministrator: 'a new administrator',
    administrator: (asker: string) => `${asker} asks for one more administrator`,
    recovery: (asker: string, whom: string) => `${asker} asks for a new link for ${whom}, who has lost every passkey`,
    check: 'Confirm only if you know by yourself that it is right. You get the link, to give to them.',
    wait: 'It waits for another administrator.',
    confirm: 'Confirm',
    refuse: 'Refuse',
    withdraw: 'Take it back',
  },
  credentials: {
    title: 'Credentials',
    wanting: (n: number) =>
      n === 0 ? 'No device waits.' : n === 1 ? 'One device waits.' : `${count(n, true)} devices wait.`,
    lead: 'The authority’s key is on another machine: it signs there, and no server can make staff up.',
    save: 'Save the requests',
    take: 'Take in what was signed',
    notAFile: 'This is no file of credentials.',
    taken: (taken: number, refused: number) =>
      refused === 0 ? `${count(taken, true)} taken in.` : `${count(taken, true)} taken in, ${refused} refused.`,
  },
  acts: {
    title: 'What was done',
    when: (at: number) => new Date(at).toLocaleString('en-GB', { dateStyle: 'short', timeStyle: 'short' }),
    line: (what: string, whom: string | undefined, by: string | undefined) =>
      [what, whom && `: ${whom}`, by && ` (by ${by})`].filter(Boolean).join(''),
    what: {
      invited: 'Invited',
      enrolled: 'Device set up',
      recovered: 'Set up anew',
      device_invited: 'Link for a device',
      signed_in: 'Signed in',
      signed_out: 'Signed out',
      person_shut_out: 'Shut out',
      device_shut_out: 'Device shut out',
      recovery_asked: 'Recovery asked for',
      administrator_asked: 'One more administrator asked for',
      confirmed: 'Confirmed',
      withdrawn: 'Taken back or refused',
      credential_taken: 'Credential taken in',
    },
  },
};
