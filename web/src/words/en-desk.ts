/** The English words of the counsellor's console. Part of `en`. */
import { count, duration } from './english';

export const desk = {
  title: 'Desk',
  titles: {
    ringing: 'Caller waiting – Desk',
    invited: 'A colleague asks you – Desk',
    consulted: 'Advising – Desk',
    onCall: 'On a call – Desk',
    available: 'Available – Desk',
    unavailable: 'Not available – Desk',
    wrapUp: 'After the call – Desk',
  },

  frame: {
    noScript: 'The desk needs JavaScript, which is switched off in this browser.',
    loading: 'Opening the desk.',
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

  enrol: {
    title: 'Set this device up',
    leads: {
      new_person: (role: string, _name: string) =>
        `This link makes this browser, on this device, your desk as ${role}. It can be used once.`,
      one_more_device: (_role: string, name: string) =>
        `${name}, this link makes this browser one more device of yours. It can be used once.`,
      recovery: (_role: string, name: string) =>
        `${name}, this link sets you up anew on this device. All other devices of yours are shut out when you use it.`,
    },
    name: 'Your first name',
    nameHint: 'Callers see it before they hear you. 1 to 40 characters.',
    nameHintOffice: 'Your colleagues see it. 1 to 40 characters.',
    nameMissing: 'Enter your first name',
    nameLong: 'Use 40 characters or fewer',
    submit: 'Make a passkey',
    busy: 'Waiting for your passkey',
    passkeyNote:
      'Your browser now asks you to make a passkey: with your fingerprint, your face, a PIN or a security key. You sign in with it from then on; there is no password.',
    keyNote:
      'Keys are made on this device and stay in this browser. If you clear the browser’s data, ask for a new link.',
    refusedTitle: 'This link cannot be used',
  },

  signIn: {
    title: 'Sign in',
    lead: (name: string, role: string) => `${name}, ${role}: open your desk with your passkey.`,
    submit: 'Sign in with your passkey',
    busy: 'Waiting for your passkey',
    lost: 'If you cannot use your passkey any more, tell an administrator. Two of them together give you a new link.',
  },
  signOut: 'Sign out',
  sessionOver: {
    title: 'Your session has run out',
    lead: 'The call’s sound goes on. Sign in with your passkey, so that the connection to the service comes back.',
  },
  shutOut: {
    title: 'This device is shut out',
    lead: 'It can no longer sign in, and nothing on it can be used for calls.',
    detail: 'If that is a mistake, tell an administrator. With a new link this browser can be set up again.',
  },
  noPages: {
    title: 'You are signed in',
    lead: (role: string) => `There is no page for a ${role} here yet.`,
  },

  ownDevice: {
    title: 'One more device',
    lead: 'A link for another device of yours. Open it there within 15 minutes, and show it to nobody.',
    browser: 'Link for a browser',
    program: 'Link for a program',
  },
  linkOnce: {
    own: (seconds: number) => `Open this on the other device within ${duration(seconds)}. It is shown once.`,
    lead: (whom: string, seconds: number) =>
      `For ${whom}, good for ${duration(seconds)}. Give it to them in person or by telephone, and to nobody else. It is shown once.`,
    copy: 'Copy the link',
    copied: 'Copied.',
    copyFailed: 'Select the link and copy it by hand.',
    done: 'Hide the link',
  },

  office: {
    title: 'Accounts',
    documentTitle: 'Accounts – Desk',
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
  },

  noLink: {
    title: 'This device is not set up',
    lead: 'Ask an administrator for a link, and open it in this browser.',
    detail: 'Each device has its own link, and a link can be used once. A private window forgets: use an ordinary one.',
  },

  pending: {
    title: 'One step is left',
    lead: (name: string) =>
      `${name}, this device is known. Its credential is signed elsewhere, by hand, so that no server can make one up.`,
    keyTitle: 'This device’s key',
    keyHint: 'The person who signs credentials may ask you to read it out.',
    wait: 'This page goes on by itself as soon as it is signed.',
    copy: 'Copy the key',
    copied: 'Copied.',
    copyFailed: 'Select the key and copy it by hand.',
    paste: 'If it was sent to you',
    pasteHint: 'Paste your credential: one long line that begins with “ey”.',
    pasteMissing: 'Paste the credential',
    submit: 'Use this credential',
    busy: 'Checking',
  },

  deviceErrors: {
    offline: 'The service could not be reached. Check the connection and try again.',
    'link-used': 'This link has been used or has run out. Ask for a new one.',
    'link-for-program': 'This link is for a program and not for a browser. Ask for another one.',
    'no-passkeys':
      'This browser cannot make passkeys for this page. Use an up-to-date browser, at the address that you were given.',
    'passkey-stopped': 'No passkey was chosen. Try again, and follow what your browser asks.',
    'passkey-refused': 'This passkey was not accepted. Try again, and tell an administrator if it stays so.',
    'shut-out': 'This device is shut out. Ask an administrator for a new link.',
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
      title: 'This device is shut out',
      lead: 'It was shut out, or its credential is not of this line. Ask an administrator for a new link.',
    },
    'session-over': {
      title: 'You are signed out',
      lead: 'Reload this page, and sign in with your passkey.',
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
    invited: 'Ringing',
    consulted: 'Advising',
    paused: 'Not available',
    on_call: 'On a call',
    wrap_up: 'After the call',
    signingIn: 'Signing in',
  },

  ready: {
    unavailableTitle: 'You are not available',
    unavailableLead: 'Nobody is put through to you. Test the microphone, then choose “Go available”.',
    availableTitle: 'You are available',
    availableLead: 'The next caller rings here. This window can be behind others: you will hear the ring.',
    /** For a role that colleagues ask and callers do not ring for. */
    helperUnavailableLead: 'Nobody can ask you into a call. Test the microphone, then choose “Go available”.',
    helperAvailableLead:
      'It rings here when a colleague asks for you. This window can be behind others: you will hear the ring.',
    inviteGone: 'The ring ended: your colleague asked no longer, or went on to somebody else.',
    invitePassed: 'Passed on. Your colleague is told that you cannot come now.',
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

  invited: {
    title: {
      consult: (name: string) => `${name} asks for your advice`,
      join: (name: string) => `${name} asks you into a call`,
    },
    lead: {
      consult: (role: string) =>
        `A ${role} with a caller would talk with you alone first. The caller does not hear you, and you do not hear the caller.`,
      join: (role: string) =>
        `A ${role} is with a caller. You come in announced: the caller sees your name and role before they hear you.`,
    },
    come: { consult: 'Talk with them', join: 'Join the call' },
    pass: 'Not now',
    passHint: 'Passing on is always all right. Your colleague asks somebody else.',
    notification: 'A colleague asks for you',
  },

  aside: {
    title: (name: string) => `You are talking with ${name} alone`,
    opening: 'Connecting you with your colleague',
    host: 'The caller hears neither of you, and you do not hear the caller: they hear a soft tone, and see that you are talking with a colleague.',
    guest: 'No caller is in this talk: nothing of the call is heard here, and nothing of it is heard there.',
    who: 'In this talk',
    bringIn: (name: string) => `Bring ${name} into the call`,
    bringInHint: 'They come in announced: the caller sees their name before they hear them.',
    back: 'Back to the caller',
    leave: 'End this talk',
    hear: (name: string) => `Hear ${name}`,
  },

  team: {
    title: 'Colleagues',
    help: 'Ask for help quietly',
    helpHint: 'Clinicians and supervisors see it. The caller notices nothing.',
    helpAsked: 'Help is asked for. The caller notices nothing.',
    helper: (name: string, role: string) => `${name}, ${role}, sees to it.`,
    helpDone: 'No longer needed',
    whom: 'Whom',
    next: (role: string) => `The next ${role} who is free`,
    person: (name: string, role: string) => `${name}, ${role}`,
    busy: (who: string) => `${who} (busy)`,
    consult: (name = 'them') => `Talk with ${name} alone first`,
    join: (name = 'them') => `Ask ${name} to join`,
    full: 'No seat is left in this call.',
    looking: 'Nobody is free yet. The next one who is will be asked.',
    ringing: (name: string) => `It rings on ${name}’s desk.`,
    passed: 'They cannot come now.',
    noAnswer: 'They did not answer.',
    stop: 'Stop asking',
    dismissed: 'All right',
    failed: 'That could not be done just now.',
    arriving: (name: string) => `${name} is coming in. The caller is told.`,
    left: (name: string) => `${name} has left. Their key is being taken out.`,
    away: (name: string) => `${name} is talking with a colleague, and hears nobody here.`,
    lost: (name: string) => `${name}’s connection is lost.`,
    handOver: (name: string) => `Hand the call over to ${name}`,
    handOverAsk: (name: string) => `Hand the call over to ${name} and leave it?`,
    handOverHint:
      'Say it to the caller first. They see that you have left and who is with them; you hear nothing from then on.',
    handOverYes: 'Hand over and leave',
    dismiss: (name: string) => `Let ${name} go`,
    dismissAsk: (name: string) => `Let ${name} go?`,
    dismissHint: 'They leave the call at once. The caller sees it.',
    dismissYes: 'Let them go',
    no: 'Go back',
    takeCharge: 'Take charge of this call',
    takeChargeLead: (name: string) =>
      `${name}’s connection is lost. You can take charge, and end the call or ask others.`,
    leave: 'Leave the call',
    leaveAsk: 'Leave this call?',
    leaveHint: 'It goes on without you. The caller sees that you have left.',
    leaveYes: 'Leave the call',
  },

  help: {
    title: 'Help is asked for',
    none: 'Nobody asks for help.',
    line: (name: string, seconds: number) => `${name}, for ${duration(seconds)}`,
    helper: (name: string) => `${name} sees to it.`,
    take: (name: string) => `See to ${name}`,
    hint: 'Your colleague sees your name, and can ask you for advice or into the call. You hear nothing until then.',
  },

  call: {
    title: 'You are with a caller',
    opening: 'Connecting the call',
    openingLead: 'The call is being locked so that only the two of you can hear.',
    duration: 'Length of the call',
    mute: 'Turn microphone off',
    unmute: 'Turn microphone on',
    muted: 'Your microphone is off. The caller cannot hear you.',
    mutedAside: 'Your microphone is off. Your colleague cannot hear you.',
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
    safetyLeadAside: 'Your colleague sees the same four.',
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
    titleGoesOn: 'You have left the call',
    goesOn: 'It goes on without you.',
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
    help: 'Ask for help quietly',
    back: 'Back to the caller',
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
