/** The English words of triage. */
import { duration } from './english';

export const triage = {
  title: 'Triage',
  documentTitle: 'Triage – Desk',
  lead: 'A card has a need, an agency and what came of it, chosen from lists. There is no field for words: nothing in it can say who the person is. Keep it so: no name belongs here.',
  loading: 'One moment: your cards are being fetched.',
  failed: 'Your cards could not be fetched. They are kept; they come when the service answers.',
  offline: 'The connection to the service is lost. It comes back by itself; until then nothing can be changed.',
  again: 'Try again',
  need: 'What is needed',
  open: 'Open a card',
  mine: 'Open cards',
  none: 'You have no open card.',
  over: 'Closed cards',
  overNone: 'No closed card is kept.',
  keptFor: (days: number) => `Cards are forgotten ${days === 1 ? 'a day' : `${days} days`} after they were opened.`,
  since: (at: number) => `opened ${time(at)}`,
  line: 'This line',
  tries: 'Agencies',
  tried: (agency: string, reason: string, at: number) => `${agency}, asked at ${time(at)} (${reason})`,
  reply: {
    accepted: 'accepted',
    refused: (why: string) => `refused: ${why}`,
    no_answer: 'no answer',
    not_come: 'the person did not come',
  },
  handedOver: (at: number, opened: number) => `Handed over at ${time(at)}, after ${duration((at - opened) / 1000)}.`,
  choose: 'The right agency',
  reason: 'Why this one',
  askLine: 'Ask the counsellors of this line',
  askLineHint:
    'Their desks ring. One of them takes the person, whom you tell how to reach the line; stay with them until they are there.',
  orService: 'Or a service from the directory',
  askService: 'Ask this service',
  asking: (agency: string) => `What does ${agency} say?`,
  accepted: 'It accepts',
  refusedFor: 'It refuses:',
  refused: 'It refuses',
  noAnswer: 'No answer',
  lineWaits: 'The desks of this line are told. Nobody has taken the person yet.',
  lineStop: 'Ask this line no longer',
  lineTaken: (name: string) =>
    `${name} takes them. Tell the person how to reach the line and that ${name} knows; stay with them until it says here that they are there.`,
  warm: 'Stay on the telephone until the two speak with each other: say what is needed, let the person say the rest, then leave.',
  handOver: 'They are with the agency',
  outcome: 'How it came out',
  close: 'Close the card',
  closedAs: (outcome: string, until: number) => `${outcome}. Kept until ${day(until)}.`,
  problems: {
    gone: 'That is not possible as the card is now. This is how it is.',
    lost: 'The service could not be reached. Look again whether it was done.',
    internal: 'The service could not do this. Nothing was changed.',
  },
  expected: {
    title: 'Somebody is being brought',
    since: (need: string, seconds: number) => `${need}. A coordinator asks since ${duration(seconds)}.`,
    hint: 'The coordinator stays with the person. If you take them, expect their call; choose Follow-up until they come, so that nobody else is put through to you.',
    take: 'I take them',
    takenBy: (name: string) => `${name} takes them.`,
    mine: 'You take them. Say when they are with you: the coordinator waits for it.',
    came: 'They are with me',
    notCome: 'They did not come',
    gone: 'A colleague was first, or it is over.',
  },
  totals: {
    lead: 'What triage came to. No card is shown here, and nobody is named.',
    from: 'From',
    until: 'Until',
    show: 'Show',
    none: 'No card was closed in these days.',
    failed: 'The totals could not be fetched.',
    cards: 'Cards',
    handedOver: 'Handed over',
    average: 'From opening to being there, on average',
    accepted: 'Agencies that accepted',
    refused: 'Agencies that refused',
    noAnswer: 'Agencies that did not answer',
    notCome: 'Did not come',
    unclosed: 'Never closed',
    needs: 'What was needed',
    need: 'Need',
    freed: 'Hours freed',
    freedLead: (hours: string) => `${hours} hours of police time, by the assumptions below.`,
    method:
      'Each closed card counts with the minutes that were assumed for its outcome on the day it was closed; they are added up and divided by 60. An assumption, not a measurement: the operator sets it and says why. A later change does not touch what was counted before.',
    outcome: 'Outcome',
    minutes: 'Minutes counted',
    each: 'Assumed for one now',
    why: 'Why',
    hours: (minutes: number) => (minutes / 60).toLocaleString('en-GB', { maximumFractionDigits: 1 }),
    duration: (seconds: number) => duration(seconds),
  },
};

function time(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}

function day(at: number): string {
  return new Date(at).toLocaleDateString('en-GB', { dateStyle: 'long' });
}
