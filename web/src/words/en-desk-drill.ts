/** The English words of drills at the desk. */
import { count } from './english';

const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const of = (n: number, one: string, more: string): string => `${count(n)} ${n === 1 ? one : more}`;

export const deskDrill = {
  title: 'Drill',
  documentTitle: 'Practise – Desk',
  lead: 'A line of its own to practise on: answering, help, advice, handing over, writing. Nothing of it is in any figure or list, and all of it is thrown away when it ends.',
  loading: 'Asking whether a drill is open.',
  failed: 'Whether a drill is open is not known just now. This page asks again by itself.',
  offline: 'The connection to the service is lost. This page asks again when it is back.',
  none: 'No drill is open.',
  noneHint: 'A supervisor can open one.',
  open: (until: number) => `A drill is open until ${TIME.format(until)}.`,
  inIt: (callers: number, desks: number) =>
    `In it now: ${of(callers, 'caller', 'callers')} and ${of(desks, 'desk', 'desks')}.`,

  practise: {
    title: 'Practise',
    lead: 'This tab goes to the drill. No caller of the line is put through to you here meanwhile, and you come back not available.',
    button: 'Practise',
    busy: 'One moment',
    refused: 'Not in a call, nor straight after one. Finish it first, then practise.',
    failed: 'The service could not be told that you are not available, so you have stayed on the line. Try again.',
  },
  practising: {
    lead: 'You are in the drill with this tab. Everything is as on the line: choose Desk, and Available.',
    hint: 'A supervisor opens, prolongs and ends a drill from the line.',
  },

  run: {
    title: 'Open a drill',
    longer: 'Go on for longer',
    legend: 'For how long, from now',
    minutes: (minutes: number) =>
      minutes < 60 ? `${minutes} minutes` : minutes === 60 ? '1 hour' : `${minutes / 60} hours`,
    open: 'Open the drill',
    prolong: 'Prolong the drill',
    close: 'End the drill',
    closeAsk: 'End the drill for everybody in it?',
    closeHint: 'Those who practise go back to the line. Everything of the drill is thrown away.',
    closeYes: 'End it',
    closeNo: 'Let it go on',
    failed: 'That could not be done just now. Try again.',
    refused: 'The service did not allow that.',
  },

  callers: {
    title: 'Who plays callers',
    link: 'People: give them this link. Whoever opens it plays a caller until the drill ends.',
    copyLink: 'Copy the link',
    program: 'Synthetic callers: run this command, and paste the ticket when it asks.',
    copyCommand: 'Copy the command',
    ticket: 'Ticket',
    copyTicket: 'Copy the ticket',
    copied: 'Copied.',
    copyFailed: 'Select it and copy it by hand.',
  },

  band: {
    label: 'Drill',
    title: 'DRILL',
    lead: 'You are practising. No caller here is in need.',
    back: 'Back to the line',
  },
  titled: (title: string) => `DRILL – ${title}`,
  ringing: {
    title: 'Drill: somebody who plays a caller is waiting for you',
    notification: 'Drill: a caller is waiting',
    notificationBody: 'Your desk is ringing in a drill.',
  },
  invited: (title: string) => `Drill: ${title}`,

  read: 'I have read this',
  /** Why this tab has come back by itself. */
  over: {
    'no-drill': 'The drill is over. You are back on the line, and not available.',
    'drill-unsure':
      'It was not certain that this was a drill, so you were taken out of it. You are back on the line, and not available.',
  },
};
