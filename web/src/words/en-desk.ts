/** The English words of the counsellor's console. */
import { duration } from './english';

export const desk = {
  title: 'Desk',
  titles: {
    ringing: 'Caller waiting – Desk',
    invited: 'A colleague asks you – Desk',
    consulted: 'Advising – Desk',
    onCall: 'On a call – Desk',
    available: 'Available – Desk',
    break: 'Break – Desk',
    debrief: 'Debrief – Desk',
    follow_up: 'Follow-up – Desk',
    unavailable: 'Not available – Desk',
    wrapUp: 'After the call – Desk',
  },

  unread: {
    title: (where: string) => `New message – ${where}`,
    notification: 'A new message in your call',
    notificationBody: 'It can be read at your desk.',
  },

  frame: {
    noScript: 'The desk needs JavaScript, which is switched off in this browser.',
    loading: 'Opening the desk.',
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
    'no-drill': {
      title: 'The drill is over',
      lead: 'You are taken back to the line, and not available there.',
    },
    'drill-unsure': {
      title: 'It is not certain whether this is a drill',
      lead: 'Nobody is put through to you here. Reload this page; if it comes again, tell the person who runs the shift.',
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
    on_call: 'On a call',
    wrap_up: 'After the call',
    signingIn: 'Signing in',
  },

  /** The state one is in, and the choice of another. */
  strip: {
    label: 'Your state',
    now: 'Now:',
    lastKnown: 'Last known:',
    since: (seconds: number) => (seconds < 60 ? 'for less than a minute' : `for ${duration(seconds - (seconds % 60))}`),
    duties: {
      available: 'Available',
      break: 'Break',
      debrief: 'Debrief',
      follow_up: 'Follow-up',
      unavailable: 'Not available',
    },
    inCall: 'What comes after the call is chosen when it is over.',
    later: (duty: string) => `The connection is lost. “${duty}” is asked for as soon as it is back.`,
    refused: {
      unconfirmed: (duty: string) =>
        `“${duty}” was not confirmed: the service could not be reached. Look at what stands here when it is back, and choose again.`,
      notNow: (duty: string) => `“${duty}” is not possible at this moment.`,
      notAllowed: (duty: string) => `“${duty}” is not open to you. Tell the person who runs the shift.`,
      training: (duty: string) =>
        `“${duty}” is not possible: your training is not valid any longer. A supervisor can set another date.`,
      internal: (duty: string) => `The service could not set “${duty}”. Choose it again.`,
    },
  },

  ready: {
    unavailable: {
      title: 'You are not available',
      lead: 'Nobody is put through to you. Test the microphone, then choose “Available”.',
      helperLead: 'Nobody can ask you into a call. Test the microphone, then choose “Available”.',
    },
    available: {
      title: 'You are available',
      lead: 'The next caller rings here. This window can be behind others: you will hear the ring.',
      /** For a role that colleagues ask and callers do not ring for. */
      helperLead:
        'It rings here when a colleague asks for you. This window can be behind others: you will hear the ring.',
    },
    break: {
      title: 'You are on a break',
      lead: 'Nobody is put through to you until you choose “Available”. Nothing ends the break but you.',
      helperLead: 'Nobody can ask you into a call until you choose “Available”. Nothing ends the break but you.',
    },
    debrief: {
      title: 'You are in a debrief',
      lead: 'This time is yours, and nobody is put through to you. It ends when you choose so, not before.',
      helperLead: 'This time is yours, and nobody can ask you into a call. It ends when you choose so, not before.',
    },
    follow_up: {
      title: 'You are on follow-ups',
      lead: 'Nobody is put through to you while you keep what was promised. Choose “Available” when you are done.',
      helperLead:
        'Nobody can ask you into a call while you keep what was promised. Choose “Available” when you are done.',
    },
    inviteGone: 'The ring ended: your colleague asked no longer, or went on to somebody else.',
    invitePassed: 'Passed on. Your colleague is told that you cannot come now.',
    rangOff: 'The caller left before you answered. There is nothing for you to do.',
    missed: 'The ring ended and the caller went to the next counsellor. They kept their place.',
    missedUnavailable: 'Rings went unanswered, so you are now not available. Choose “Available” when you are ready.',
    passed: 'Passed on. The caller keeps their place and goes to the next counsellor.',
  },

  line: {
    title: 'The line',
    waiting: 'Callers waiting',
    longest: 'Longest wait',
    nobody: 'Nobody is waiting.',
    nobodyThen: 'Nobody was waiting.',
    unknown: 'Not known yet.',
    old: (seconds: number) =>
      `This is old: it is from before the connection was lost, ${seconds < 60 ? 'less than a minute' : duration(seconds - (seconds % 60))} ago.`,
  },

  ringing: {
    title: 'A caller is waiting for you',
    /** How the caller has come. */
    came: {
      new: 'A new caller.',
      again: 'A caller who comes again: the connection to their counsellor was lost.',
      follow_up: 'A follow-up: the caller comes back as promised.',
    },
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
      'gaps-here': 'You hear gaps: some of the caller’s sound is lost on the way.',
      'gaps-there':
        'The caller hears gaps: some of your sound is lost on the way. Speak slowly, and ask what was understood.',
      'gaps-both': 'You both hear gaps: sound is lost on the way. Short sentences help.',
      late: 'The sound is late: leave a moment after each sentence, so that you do not talk into each other.',
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
    lead: 'Take the time that you need. Nobody is put through to you until you choose “Available”.',
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

  devices: {
    title: 'Sound devices',
    microphone: 'Your microphone',
    speaker: 'Your headset or loudspeaker',
    default: 'The computer’s choice',
    numbered: {
      microphone: (n: number) => `Microphone ${n}`,
      speaker: (n: number) => `Loudspeaker ${n}`,
    },
    unnamedYet: 'The browser names devices only after the microphone was allowed: test it once.',
    noSpeaker:
      'This browser does not let a page choose where sound plays: choose it in the computer’s own sound settings.',
    failed: 'That microphone could not be opened. The one before goes on.',
    microphoneGone: (label: string) => `The microphone was unplugged or cannot be found. In use now: ${label}.`,
    speakerGone: 'The chosen loudspeaker is not there. Sound plays where the computer plays it.',
  },

  path: {
    title: 'The way to callers',
    test: 'Test the way',
    again: 'Test it again',
    is: {
      untested: 'Not tested yet.',
      testing: 'Trying. This takes a few seconds.',
      'no-path':
        'Sound does not get through from this computer. Calls would have none. Another network may help; tell whoever looks after the service.',
      'no-answer': 'The service did not answer. Test it again in a moment.',
    },
    reached: (way: 'udp' | 'tcp', roundTrip: number | undefined) => {
      const ms = roundTrip === undefined ? '' : ` There and back takes ${Math.max(1, Math.round(roundTrip))}\u00a0ms.`;
      return way === 'udp'
        ? `Sound gets through.${ms}`
        : `Sound gets through, by a slower way (TCP), because this network blocks the better one. Calls work, and may stutter.${ms}`;
    },
  },

  loudspeaker: {
    title: 'Headset or loudspeaker',
    is: {
      untested: 'Not tested yet.',
      asked: 'Two soft bells were played. Did you hear them?',
      heard: 'You will hear the caller.',
      unheard: 'Turn the volume up, or choose another one under “Sound devices”. Then play it again.',
      blocked: 'The browser played nothing. Click once in this page, then play it again.',
    },
    test: 'Play a test sound',
    again: 'Play it again',
    yes: 'I heard it',
    no: 'I heard nothing',
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
    write: 'Write to the caller',
    hold: 'Hold, and take the caller back',
    use: 'Use single keys',
    show: 'Show the keys',
    listTitle: 'Keys that hold now',
    listLead: 'One press each, never while you write. They can be switched off under “Keys”.',
    off: 'Single keys are switched off on this device. They can be switched on under “Keys”.',
    close: 'Close',
    keys: 'Show this list',
    available: 'Available',
    break: 'Break',
    debrief: 'Debrief',
    follow_up: 'Follow-up',
    unavailable: 'Not available',
    answer: 'Answer',
    pass: 'Pass on',
    mute: 'Microphone on or off',
    end: 'End the call',
    stay: 'Keep the call',
  },

  duration,
};
