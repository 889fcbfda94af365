/** The words of the console: those that callers see as well, and its own, a file for each subject. No caller's page loads them. */
import { en } from './en';
import { desk } from './en-desk';
import { deskDrill } from './en-desk-drill';
import { deskWritten } from './en-desk-written';
import { figures } from './en-figures';
import { followUps } from './en-follow-ups';
import { helpAlert } from './en-help';
import { office } from './en-office';
import { pages } from './en-pages';
import { mine, rota, training } from './en-rota';
import { services } from './en-services';
import { triage } from './en-triage';
import { wallboard } from './en-wallboard';

export type ConsoleWords = typeof words;

export const words = {
  ...en,
  desk: {
    ...desk,
    drill: deskDrill,
    figures,
    followUps,
    helpAlert,
    mine,
    office,
    pages,
    rota,
    services,
    training,
    triage,
    wallboard,
    written: deskWritten,
  },
} as const;
