/**
 * The words that callers see, in British English; the console's own are in en-desk.ts. `Words` (in index.ts) is the type of
 * this object, so that another language cannot forget one. Short, calm, predictable, with choice; no blame, no nagging, no countdowns.
 */

import { drill } from './en-drill';
import { written } from './en-written';
import { count, when } from './english';

const beforeYou = (people: number): string =>
  people === 0
    ? 'You are next.'
    : people === 1
      ? 'One person is before you.'
      : `${count(people, true)} people are before you.`;

export const en = {
  language: 'en-GB',

  /** On every page, also in the HTML itself for a browser without JavaScript. A test compares the two. */
  frame: {
    exit: 'Exit this page',
    phoneBefore: 'Telephone',
    emergencyBefore: 'In danger now',
    noScript:
      'To talk from this page your browser needs JavaScript, which is switched off. You can telephone instead, at any hour:',
    late: 'If no button comes here, telephone',
    lateAfter: 'It is the same service.',
  },

  exit: {
    leaving: 'Leaving.',
    twoMore: 'Shift: press two more times to exit.',
    oneMore: 'Shift: press one more time to exit.',
    expired: 'Exit by the Shift key was not used.',
    hint: 'You can also press the Shift key three times to exit at once.',
  },

  start: {
    title: 'You can talk to someone now',
    lead: 'For police officers and staff, about anything that weighs on you. Day and night, in confidence.',
    talk: 'Talk to a counsellor',
    write: 'I cannot speak: I want to write',
    after: [
      'No name, no account, nothing to install.',
      'Your browser will ask to use the microphone.',
      'You will hear a soft tone, then a counsellor. You can leave at any time.',
    ],
    noShift: (phone: string) =>
      `No counsellor is here at this moment. You can telephone ${phone} now, or wait from this page.`,
    asking: {
      title: 'One moment',
      lead: 'If your browser asks for the microphone, choose “Allow”. Nobody hears you yet.',
    },
  },

  /** Coming back by the words of a follow-up. */
  code: {
    have: 'I have a code',
    title: 'Come back with your code',
    lead: 'Your words take you to the front of the queue, and to the person you talked with if they are here.',
    label: 'Your words, in any spelling of spaces and capitals',
    come: 'Come back',
    without: 'Talk to a counsellor without it',
    refused: {
      unknown: 'This code is not known, or its time is over. You can look at it again, or join without it now.',
      busy: 'Codes cannot be looked at just now. You can join without it now.',
    },
    deleteHint: 'You can also have everything deleted that was booked by this code.',
    delete: 'Delete what was booked',
    deleted: 'Whatever was booked by this code is deleted.',
    notDeleted: 'It could not be deleted just now. Please try again in a minute.',
    back: 'Back',
  },

  promised: {
    title: (name: string | undefined) =>
      name ? `You and ${name} have agreed to talk again` : 'You have agreed to talk again',
    when: (at: number) => when(at),
    said: (at: number) => `Another talk was agreed, for ${when(at)}. The words to come back with are on this page.`,
    how: 'Come back to this page then, choose “I have a code”, and type these words. They take you to the front of the queue.',
    kept: 'Write them down where only you can see them. They also stay here when the call ends.',
    onlyHere: 'Write them down where only you can see them: when this page is closed, nobody can show them again.',
  },

  closed: {
    title: 'No counsellor is here at the moment',
    lead: (phone: string) => `You can telephone ${phone} now. It is the same service.`,
    wait: 'You can also wait here. You keep your place, and this page says when a counsellor is back.',
    retry: 'Wait from this page',
  },

  privacy: {
    title: 'Who will know that I called?',
    points: [
      'We do not ask who you are. There is no form, no account and no cookie. Nothing goes to your force, to occupational health or to a line manager. We count calls, never callers.',
      'Only you and the people named on your screen can hear the call. It is locked on your device and unlocked on theirs; the computers in between carry what they cannot hear. Nothing is recorded.',
      'While you are connected, our computers know the internet address that you come from, because they must send the sound back to it. They do not write it down, and the counsellor never sees it.',
      'What we cannot hide: a work device or a work network may show that this site was visited, and your browser may list it in its history. Your own telephone and your own connection are more private, or a private window.',
    ],
  },

  others: {
    title: 'Not a police officer or member of police staff?',
    lead: 'This line is for the police service only, but help is there for everybody, free, day and night:',
    list: [
      { name: 'Samaritans', how: 'telephone', number: '116 123', href: 'tel:116123' },
      {
        name: 'NHS mental health help',
        how: 'telephone',
        number: '111',
        href: 'tel:111',
        after: 'and choose option 2',
      },
      { name: 'Shout', how: 'text SHOUT to', number: '85258', href: 'sms:85258' },
      { name: 'If a life is in danger', how: 'telephone', number: '999', href: 'tel:999' },
    ] as readonly { name: string; how: string; number: string; href: string; after?: string }[],
  },

  waiting: {
    title: 'You are in the queue',
    next: 'You are next',
    nextLead: 'A counsellor takes your call as soon as one is free.',
    nextLeadLater: 'The first counsellor who comes takes your call.',
    place: beforeYou,
    ringingTitle: 'A counsellor is being called for you',
    ringing: 'It rings on a counsellor’s desk now. You keep your place.',
    promise: 'You will hear a soft tone, then a counsellor. You can leave at any time.',
    nobodyHears: 'Nobody hears you while you wait.',
    noShift: (phone: string) =>
      `No counsellor is here at this moment. You keep your place, and you can telephone ${phone} at any time.`,
    backOnShift: 'A counsellor is here again. You keep your place.',
    leave: 'Leave the queue',
    toneOn: 'Turn the tone on',
    toneOff: 'Turn the tone off',
    toneBlocked: 'Tap to hear the tone',
  },

  joining: {
    title: 'A counsellor has answered',
    lead: 'Their name will be here before you hear them.',
  },

  call: {
    title: (name: string) => `You are with ${name}`,
    soon: (name: string) => `You will hear ${name} in a moment.`,
    hears: (name: string) => `Your microphone is on, so that ${name} can hear you.`,
    muted: (name: string) => `Your microphone is off. ${name} cannot hear you.`,
    mute: 'Turn my microphone off',
    unmute: 'Turn my microphone on',
    leave: 'Leave the call',
    leaveAsk: (name: string) => `Leave the call with ${name}?`,
    leaveHint: 'You can come back at any time.',
    leaveYes: 'Leave the call',
    leaveNo: 'Stay',
    tapToHear: (name: string) => `Tap to hear ${name}`,
    tapToHearWhy: 'Your browser waits for a tap before it plays sound.',
    whoTitle: 'Who can hear',
    whoLead: 'Only these people. Nobody can be added without being shown here first.',
    you: 'You',
    /** A first name and a role, as on the list. */
    person: (name: string, role: string) => `${name}, ${role}`,
    safetyTitle: 'Safety words',
    /** Beside a name on the list: what the service says of that person's seat. */
    notes: { away: 'talking with a colleague', left: 'has left', lost: 'connection lost', hold: 'has you on hold' },
    /** Somebody has come whose name is not proven yet. */
    arriving: (role: string) =>
      `A ${role} is coming into the call. They hear nothing until their name is on the list below.`,
    awayAlone: (name: string) =>
      `${name} is talking with a colleague for a moment. Neither of them hears you meanwhile. ${name} comes back to you.`,
    awayNot: (name: string, others: string) =>
      `${name} is talking with a colleague for a moment, and does not hear you. ${others} stays with you.`,
    onHold: (name: string) => `${name} has put you on hold for a moment. You are still connected.`,
    onHoldAlone: (name: string) =>
      `${name} has put you on hold for a moment. You are still connected: ${name} does not hear you meanwhile, and comes back to you. You can write below.`,
    onHoldNot: (name: string, others: string) =>
      `${name} has put you on hold for a moment, and does not hear you. You are still connected, and ${others} stays with you.`,
    wentAway: (name: string) => `${name} is talking with a colleague for a moment.`,
    cameBack: (name: string) => `${name} is back with you.`,
    leftNow: (name: string) => `${name} has left the call.`,
    safetyLead: (name: string) => `If ${name} has the same four words, nobody is listening in between.`,
    safetyWait: 'They will be here in a moment.',
    safetyNone: 'They could not be confirmed.',
    joined: (name: string, role: string) => `${name}, ${role}, can now hear.`,
    gone: (name: string) => `${name} is no longer in the call.`,
    otherLost: (name: string) => `${name}’s connection was lost. It comes back by itself. Stay here if you can.`,
    restored: 'The connection is back.',
    refused:
      'Something tried to change this call against its rules. It was refused: nobody was added, and only the people named here can hear. If you are unsure, you can leave.',
    wordsMismatch:
      'The safety words could not be confirmed. Somebody may be listening in between. It is safer to leave this call and to telephone.',
  },

  written,
  drill,

  link: {
    lostWaiting: 'The connection is lost for the moment. You keep your place; it comes back by itself.',
    lostCall: (name: string) =>
      `The connection is lost for the moment. ${name} is held for you; it comes back by itself.`,
    lostPlain: 'The connection is lost for the moment. It comes back by itself.',
    preparing: 'The sound is being made ready.',
    orPhone: (phone: string) => `Or telephone ${phone}.`,
  },

  roles: {
    caller: 'caller',
    counsellor: 'counsellor',
    clinician: 'clinician',
    supervisor: 'supervisor',
    coordinator: 'coordinator',
    commissioner: 'commissioner',
    administrator: 'administrator',
  },

  ended: {
    byYou: { title: 'You have left', lead: 'Nothing was recorded. You can come back at any time.' },
    byCounsellor: {
      title: (name: string | undefined) => (name ? `The call with ${name} has ended` : 'The call has ended'),
      lead: 'Nothing was recorded. You can come back at any time.',
    },
    lost: {
      title: 'The connection could not be brought back',
      lead: 'It was nothing that you did. You can talk to a counsellor again now, or telephone.',
    },
    again: 'Talk to a counsellor again',
    nextTitle: 'Where you can go from here',
    same: 'This service by telephone',
  },

  /** One for each `Trouble`: what it is and what to do. `retry` is the button, where trying again can help. */
  trouble: {
    'microphone-refused': {
      title: 'The microphone is not allowed yet',
      lead: 'Your browser keeps the microphone from this page, so a counsellor could not hear you.',
      steps: ['Choose the icon beside the page’s address and allow the microphone.', 'Come back here and try again.'],
      retry: 'Try again',
    },
    'microphone-missing': {
      title: 'No microphone was found',
      lead: 'A counsellor could not hear you from this device as it is.',
      steps: ['Connect a headset, or use a mobile telephone.', 'Then try again.'],
      retry: 'Try again',
    },
    'microphone-busy': {
      title: 'The microphone is in use',
      lead: 'Another program has it at the moment, perhaps a meeting or another call.',
      steps: ['Close that program.', 'Then try again.'],
      retry: 'Try again',
    },
    'no-encryption': {
      title: 'This browser cannot make a private call',
      lead: 'It lacks what is needed so that nobody but the counsellor can hear you, and we do not make calls without that.',
      steps: ['Use an up-to-date Firefox, Chrome, Edge or Safari, or telephone.'],
      retry: undefined,
    },
    'server-unreachable': {
      title: 'The service cannot be reached from here',
      lead: 'The connection to the internet may be down, or this network may not allow it.',
      steps: ['Try again, or use another connection: mobile data, for example.', 'The telephone works without it.'],
      retry: 'Try again',
    },
    'media-unreachable': {
      title: 'Sound cannot get through this network',
      lead: 'The page works, but the network here does not let the sound of a call pass.',
      steps: ['Use another connection, for example mobile data.', 'Then try again, or telephone.'],
      retry: 'Try again',
    },
    'service-full': {
      title: 'This page cannot take your call just now',
      lead: 'All places in the queue are taken. You have lost nothing by trying.',
      steps: ['Try again in a few minutes, or telephone now.'],
      retry: 'Try again',
    },
    'taken-over': {
      title: 'Your call is open in another tab',
      lead: 'It goes on there. You can close this one.',
      steps: [],
      retry: undefined,
    },
    'server-misbehaved': {
      title: 'This call could not be made safely',
      lead: 'Something between you and the counsellor did not keep to the rules that make the call private, so this page stopped it.',
      steps: ['Please telephone instead.'],
      retry: undefined,
    },
    'session-over': {
      title: 'This call could not be started',
      lead: 'Something went wrong on our side.',
      steps: ['Please telephone instead.'],
      retry: undefined,
    },
    'credential-refused': {
      title: 'This call could not be started',
      lead: 'Something went wrong on our side.',
      steps: ['Please telephone instead.'],
      retry: undefined,
    },
    'no-drill': {
      title: 'This drill is over',
      lead: 'Nobody answers here any more. Everything of the drill was thrown away.',
      steps: ['If you need to talk to somebody, go to the service itself, or telephone.'],
      retry: 'Go to the service itself',
    },
    'drill-unsure': {
      title: 'This page has stopped, to be on the safe side',
      lead: 'It was not certain whether this was a drill or the service itself.',
      steps: ['Go to the service itself, or telephone.'],
      retry: 'Go to the service itself',
    },
    internal: {
      title: 'Something went wrong on our side',
      lead: 'It was nothing that you did.',
      steps: ['Try again, or telephone.'],
      retry: 'Try again',
    },
    code: (code: string) => `For the person who helps you with this page: ${code}.`,
    phone: (phone: string) => `Telephone ${phone}`,
    /** In a call the sound goes on: the same, as a note. */
    inCall: {
      'microphone-refused': 'Your browser keeps the microphone from this page. You can hear, but not be heard.',
      'microphone-missing': 'The microphone is gone. You can hear, but not be heard.',
      'microphone-busy': 'Another program has the microphone. You can hear, but not be heard.',
    },
    microphoneAgain: 'Try the microphone again',
    silently: 'Go on without it, and write',
  },
};
