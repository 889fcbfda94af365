/** The English words of the counsellor's console. Part of `en`. */
import { count, duration } from './english';

export const desk = {
  title: 'Desk',
  titles: {
    ringing: 'Caller waiting – Desk',
    onCall: 'On a call – Desk',
    available: 'Available – Desk',
    unavailable: 'Not available – Desk',
    wrapUp: 'After the call – Desk',
  },

  frame: {
    noScript: 'The desk needs JavaScript, which is switched off in this browser.',
    loading: 'Opening the desk.',
  },

  enrol: {
    title: 'Set this device up',
    lead: 'The link that you opened makes this browser, on this device, your desk. It can be used once.',
    name: 'Your first name',
    nameHint: 'Callers see it before they hear you. 1 to 40 characters.',
    nameMissing: 'Enter your first name',
    nameLong: 'Use 40 characters or fewer',
    submit: 'Set up this device',
    busy: 'Setting up',
    keyNote:
      'A key is made on this device and stays in this browser. If you clear the browser’s data, ask for a new link.',
  },

  noLink: {
    title: 'This device is not set up',
    lead: 'Ask the person who runs the shift for a link, and open it in this browser.',
    detail: 'Each device has its own link, and a link can be used once. A private window forgets: use an ordinary one.',
  },

  pending: {
    title: 'One step is left',
    lead: (name: string) =>
      `${name}, this device is known. Its credential is signed elsewhere, by hand, so that no server can make one up.`,
    keyTitle: 'This device’s key',
    keyHint: 'Send this to the person who signs credentials.',
    copy: 'Copy the key',
    copied: 'Copied.',
    copyFailed: 'Select the key and copy it by hand.',
    paste: 'Your credential',
    pasteHint: 'Paste what they send you back: one long line that begins with “ey”.',
    pasteMissing: 'Paste the credential',
    submit: 'Use this credential',
    busy: 'Checking',
  },

  deviceErrors: {
    offline: 'The service could not be reached. Check the connection and try again.',
    'link-used': 'This link has been used or has run out. Ask for a new one.',
    'bad-name': 'This name cannot be used. Enter a first name of 1 to 40 characters, without hidden ones.',
    'not-for-this-device': 'This credential was made for another device. Send this device’s key and ask again.',
    'not-a-credential': 'This is not a credential that this service accepts. Copy the whole line and paste it again.',
    internal: 'Something went wrong. Try again, and tell the person who runs the shift if it stays so.',
  },

  /** Why the desk cannot go on, for each `Trouble`. */
  trouble: {
    'microphone-refused': {
      title: 'The microphone is not allowed',
      lead: 'Choose the icon beside the address of this page, allow the microphone, then test it again.',
    },
    'microphone-missing': {
      title: 'No microphone was found',
      lead: 'Connect your headset, then test it again.',
    },
    'microphone-busy': {
      title: 'Another program has the microphone',
      lead: 'Close the other program, then test the microphone again.',
    },
    'no-encryption': {
      title: 'This browser cannot make encrypted calls',
      lead: 'Use an up-to-date Firefox, Chrome or Edge. There is no unencrypted mode.',
    },
    'server-unreachable': {
      title: 'The service cannot be reached',
      lead: 'Nobody can be put through to you. This desk keeps trying by itself.',
    },
    'media-unreachable': {
      title: 'Sound cannot get through this network',
      lead: 'The network here blocks the call’s sound. Try another connection, and tell the person who runs the shift.',
    },
    'service-full': {
      title: 'The service cannot take this desk just now',
      lead: 'It is full. This desk keeps trying by itself.',
    },
    'taken-over': {
      title: 'Your desk is open in another tab',
      lead: 'It goes on there. To work here instead, choose “Use this tab”.',
    },
    'server-misbehaved': {
      title: 'This call is not safe',
      lead: 'Something between you and the caller broke the rules that keep the call private. Do not go on with it. Tell the person who runs the shift, with the word below.',
    },
    'credential-refused': {
      title: 'This device is not accepted',
      lead: 'Its credential has run out or was withdrawn. Ask the person who runs the shift for a new link.',
    },
    internal: {
      title: 'Something went wrong',
      lead: 'Reload this page. A call in hand is kept.',
    },
  },
  useThisTab: 'Use this tab',
  reload: 'Reload this page',
  retry: 'Try again',
  forget: 'Set this device up again',
  refusal: (code: string) => `Rule: ${code}`,

  link: {
    connecting: 'Connecting',
    up: 'Connected',
    lost: 'Connection lost, trying again',
  },
  offline: {
    title: 'The connection to the service is lost',
    lead: 'It comes back by itself. Until then nobody is put through to you.',
    inCall: 'The call’s sound can go on without it. It comes back by itself.',
  },

  state: {
    unavailable: 'Not available',
    available: 'Available',
    ringing: 'Ringing',
    on_call: 'On a call',
    wrap_up: 'After the call',
    signingIn: 'Signing in',
  },

  ready: {
    unavailableTitle: 'You are not available',
    unavailableLead: 'Nobody is put through to you. Test the microphone, then choose “Go available”.',
    availableTitle: 'You are available',
    availableLead: 'The next caller rings here. This window can be behind others: you will hear the ring.',
    goAvailable: 'Go available',
    goUnavailable: 'Go not available',
    rangOff: 'The caller left before you answered. There is nothing for you to do.',
    missed: 'The ring ended and the caller went to the next counsellor. They kept their place.',
    missedUnavailable: 'Rings went unanswered, so you are now not available. Choose “Go available” when you are ready.',
    passed: 'Passed on. The caller keeps their place and goes to the next counsellor.',
  },

  line: {
    title: 'The line',
    waiting: 'Callers waiting',
    longest: 'Longest wait',
    nobody: 'Nobody is waiting',
    none: 'none',
    unknown: 'not known',
    summary: (waiting: number, longest: string) =>
      waiting === 0 ? 'Nobody is waiting.' : `${count(waiting, true)} waiting, the longest for ${longest}.`,
  },

  ringing: {
    title: 'A caller is waiting for you',
    waited: (seconds: number) => `They have waited ${duration(seconds)}.`,
    answer: 'Answer',
    pass: 'Pass on',
    passHint: 'Passing on is always all right. The caller keeps their place and goes to the next counsellor.',
    notification: 'A caller is waiting',
    notificationBody: 'Your desk is ringing.',
  },

  call: {
    title: 'You are with a caller',
    opening: 'Connecting the call',
    openingLead: 'The call is being locked so that only the two of you can hear.',
    duration: 'Length of the call',
    mute: 'Turn microphone off',
    unmute: 'Turn microphone on',
    muted: 'Your microphone is off. The caller cannot hear you.',
    live: 'Your microphone is on.',
    end: 'End the call',
    endAsk: 'End this call?',
    endHint: 'The caller sees that it has ended, and where they can go next.',
    endYes: 'End the call',
    endNo: 'Go on',
    whoTitle: 'Who can hear',
    you: (name: string, role: string) => `${name} (you), ${role}`,
    caller: 'The caller',
    person: (name: string, role: string) => `${name}, ${role}`,
    safetyTitle: 'Safety words',
    safetyLead: 'The caller sees the same four. Read them out if they ask.',
    safetyWait: 'Not agreed yet.',
    safetyNone: 'They could not be confirmed.',
    whoWait: 'Nobody yet.',
    qualityTitle: 'Connection',
    quality: {
      good: 'Good: the caller is heard, and your sound is sent.',
      silent: 'Connected. Nothing has been heard from the caller yet.',
      opening: 'The sound is being connected.',
      mediaLost: 'Your sound is lost for the moment. It comes back by itself.',
      signallingLost: 'Sound goes on. The connection to the service is lost and comes back by itself.',
    },
    callerLost: 'The caller’s connection is lost',
    callerLostLead:
      'You are held for them, and they need do nothing: it comes back by itself. They see that you are here.',
    callerBack: 'The caller is back.',
    tapToHear: 'Hear the caller',
    tapToHearWhy: 'The browser waits for a click before it plays sound.',
    refused:
      'Something tried to change this call against its rules. It was refused: nobody was added, and only the people named here can hear. Tell the person who runs the shift, with the word below.',
    microphone: 'The caller cannot hear you:',
    microphoneAgain: 'Try the microphone again',
  },

  wrapUp: {
    title: 'The call has ended',
    by: {
      caller: 'The caller hung up.',
      quick_exit: 'The caller used “Exit this page”. They must not be called back unasked.',
      counsellor: 'You ended it.',
      lost: 'The caller’s connection was lost and did not come back.',
    },
    lead: 'Take the time that you need. Nobody is put through to you until you say so.',
    available: 'Done, go available',
    unavailable: 'Done, not available',
  },

  checksTitle: 'Before you start',

  microphone: {
    title: 'Microphone',
    untested: 'Not tested yet.',
    test: 'Test the microphone',
    stop: 'Stop the test',
    asking: 'The browser is asking for the microphone: choose “Allow”.',
    speak: 'Say something. The bar moves when you can be heard.',
    heard: 'You can be heard.',
    device: (label: string) => `Using: ${label}`,
    unnamed: 'the default microphone',
    hear: 'Hear yourself (use headphones)',
    level: 'Level',
  },

  sound: {
    title: 'Ring',
    test: 'Play the ring',
    blocked: 'The browser keeps the ring silent until you click in this page.',
    unblock: 'Turn the ring on',
    ready: 'The ring can be heard. Check that the volume is up.',
    notify: 'Show a notification too',
    notifyOn: 'A notification shows as well.',
    notifyRefused: 'Notifications are off in this browser. The ring and the window’s title still tell you.',
  },

  keys: {
    title: 'Keys',
    use: 'Use single keys',
    available: 'Go available',
    unavailable: 'Go not available',
    answer: 'Answer',
    pass: 'Pass on',
    mute: 'Microphone on or off',
    end: 'End the call',
    stay: 'Keep the call',
  },

  duration,
};
