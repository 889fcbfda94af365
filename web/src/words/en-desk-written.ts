/** The English words of what is written in a call, as only the desk shows them. */

export const deskWritten = {
  title: 'Written with the caller',
  lead: 'Everybody in the call reads it, nobody else. It is gone when the call ends.',
  hold: {
    hold: 'Put the caller on hold',
    back: 'Take the caller back',
    title: 'The caller is on hold',
    lead: 'You do not hear each other. A minute of it is long: take them back, or write.',
    told: 'Their page says that you put them on hold, and that they are still connected.',
    untold: 'Their page has not been told yet. It is tried again by itself.',
    line: 'Nobody hears your microphone.',
    quality: 'On hold: no sound goes either way.',
  },
  first: {
    title: 'The first minute',
    points: [
      'Give your name, and say that you have time.',
      'Ask whether they can talk safely where they are. They can tap or write instead.',
      'Say who can hear: only the people named on their screen.',
      'Ask whether they are in danger now.',
      'Agree what happens if the line drops, and set it here.',
    ],
    done: 'Put this list away',
  },
  plan: {
    title: 'If the line drops',
    lead: 'For a connection that does not come back. The caller sees what you set.',
    none: 'Not agreed yet',
    call_back: 'They come back to the page, with their code if they have one',
    telephone: 'They telephone',
    nothing: 'Nothing: they do as they like',
    told: 'On the caller’s screen.',
    untold: 'Not on the caller’s screen yet.',
  },
};
