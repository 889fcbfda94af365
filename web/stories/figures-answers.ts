/** Figures of a calm month, for the stories. */
import type {
  Coded,
  FiguresAnswer,
  FiguresRequest,
  FollowUpFigures,
  LineFigures,
  Need,
  Released,
  StaffTime,
  TriageTotals,
} from '../src/proto';

/** More by evening and at night, fewer in the morning. */
const BY_HOUR = [18, 14, 11, 9, 6, 4, 3, 5, 8, 11, 12, 12, 13, 14, 13, 15, 17, 19, 22, 26, 31, 33, 29, 24];
const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);

function lineFigures(offered: number): LineFigures {
  const abandoned = Math.floor(offered / 14);
  const answered = offered - abandoned;
  return {
    offered,
    unserved: Math.floor(offered / 30),
    answered,
    abandoned,
    in_20_s: Math.floor(answered * 0.91),
    median_s: answered === 0 ? null : 7,
    centile_90_s: answered === 0 ? null : 19,
    centile_95_s: answered === 0 ? null : 34,
    longest_wait_s: offered === 0 ? 0 : 412,
    waited_s: offered * 12,
    calls: answered,
    call_s: answered * 1_860,
    wrap_up_s: answered * 480,
    reconnected: Math.floor(offered / 9),
    heard: {
      good_s: answered * 1_710,
      gaps_here_s: answered * 62,
      gaps_there_s: answered * 40,
      gaps_both_s: answered * 4,
      late_s: answered * 11,
    },
  };
}

function staffTime(calls: number, share: number): StaffTime {
  const busy = calls * 2_340;
  const available = share === 0 ? 0 : Math.round(busy / share - busy);
  return {
    on_call_s: calls * 1_860,
    wrap_up_s: calls * 480,
    available_s: available,
    paused_s: Math.round(busy / 10),
    occupancy_per_cent: calls === 0 ? null : Math.round(share * 100),
  };
}

export function report(from: string, to: string, hours: readonly number[], share = 0.62): FiguresAnswer {
  const days = Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1;
  const total = sum(hours);
  const day = (at: number): number => Math.round((total / days) * (0.8 + ((at * 7) % 5) / 10));
  return {
    answer: 'report',
    report: {
      from,
      to,
      lines: [
        { line: 'police', title: 'Police officers and staff' },
        { line: 'ambulance', title: 'Ambulance service' },
      ],
      total: lineFigures(total),
      hours: hours.map(lineFigures),
      weekdays: Array.from({ length: 7 }, (_, at) => lineFigures(Math.round((total / 7) * (0.85 + at / 20)))),
      days: Array.from({ length: days }, (_, at) => lineFigures(day(at))),
      by_line: [
        { line: 'police', figures: lineFigures(Math.round(total * 0.8)) },
        { line: 'ambulance', figures: lineFigures(Math.round(total * 0.2)) },
      ],
      offered: Array.from({ length: 7 }, (_, at) => hours.map((count) => Math.round((count / 7) * (0.7 + at / 10)))),
      staff: staffTime(total, share),
      staff_hours: hours.map((count) => staffTime(count, Math.min(0.95, share * (0.6 + count / 50)))),
      codes: total === 0 ? [] : said(false),
      follow_ups: promised(total),
      follow_up_hours: hours.map(promised),
      follow_up_weekdays: Array.from({ length: 7 }, () => promised(Math.round(total / 7))),
      follow_up_days: Array.from({ length: days }, (_, at) => promised(day(at))),
    },
    triage: triage(total),
  };
}

/** One caller in six was promised another talk. */
function promised(offered: number): FollowUpFigures {
  const due = Math.floor(offered / 6);
  const [not_reached, overdue] = [Math.floor(due / 5), Math.floor(due / 25)];
  return { due, done: due - not_reached - overdue, not_reached, overdue };
}

function triage(offered: number): TriageTotals {
  const none = offered === 0;
  const why = 'Median time of two officers at such an incident, from the command and control system, 2026';
  return {
    needs: none ? [] : [{ name: 'Suicidal thoughts', cards: 21 }],
    outcomes: none
      ? []
      : [
          { name: 'Handed over, no officer needed', cards: 17, minutes: 1530, minutes_each: 90, why },
          { name: 'Officers went', cards: 3, minutes: 0, minutes_each: 0, why: 'Nothing is freed' },
        ],
    accepted: none ? 0 : 18,
    refused: none ? 0 : 4,
    no_answer: none ? 0 : 2,
    not_come: none ? 0 : 1,
    handed_over: none ? 0 : 17,
    handover_s: none ? null : 1_260,
    unclosed: none ? 0 : 1,
  };
}

function released(offered: number): Released {
  const abandoned = Math.floor(offered / 8);
  const split = abandoned >= 10;
  return {
    offered: offered >= 10 ? offered : null,
    answered: split ? offered - abandoned : null,
    abandoned: split ? abandoned : null,
    unserved: offered >= 300 ? Math.floor(offered / 30) : null,
  };
}

export function release(year: number, month: number, hours: readonly number[]): FiguresAnswer {
  const total = sum(hours);
  const few = total < 10;
  return {
    answer: 'release',
    release: {
      year,
      month,
      total: released(total),
      hours: hours.map((count) => released(few ? 0 : count)),
      weekdays: Array.from({ length: 7 }, () => released(few ? 0 : Math.round(total / 7))),
      lines: [
        { line: 'police', title: 'Police officers and staff', counts: released(few ? 0 : Math.round(total * 0.8)) },
        { line: 'ambulance', title: 'Ambulance service', counts: released(few ? 0 : Math.round(total * 0.2)) },
      ],
      median_s: few ? null : 7,
      centile_90_s: few ? null : 19,
      centile_95_s: few ? null : 34,
      in_20_s_per_cent: few ? null : 91,
      mean_call_min: few ? null : 31,
      occupancy_per_cent: few ? null : 62,
      codes: few ? [] : said(true),
    },
  };
}

function said(hides: boolean): Coded[] {
  return [
    {
      title: 'Outcome',
      answers: [
        { answer: 'Supported', count: 141 },
        { answer: 'Signposted', count: 122 },
        { answer: '', count: 48 },
        { answer: 'Emergency services', count: hides ? null : 4 },
        { answer: 'Follow-up agreed', count: hides ? null : 28 },
      ],
    },
  ];
}

function forecast(from: string, to: string, hours: readonly number[]): FiguresAnswer {
  const none = sum(hours) === 0;
  const need = (count: number): Need => ({
    callers_hundredths: count * 4,
    erlang_c: 3 + Math.floor(count / 8),
    erlang_a: 2 + Math.floor(count / 8),
    leave_per_cent: 3,
  });
  return {
    answer: 'forecast',
    forecast: {
      from,
      to,
      handling_s: none ? null : 2_340,
      patience_s: none ? null : 410,
      hours: none ? [] : Array.from({ length: 7 }, () => hours.map(need)),
    },
  };
}

/** What the fake server answers, by story. */
export function figuresOf(story: string, ask: FiguresRequest): FiguresAnswer | 'never' | 'fails' {
  const hours = story.includes('empty') ? BY_HOUR.map(() => 0) : BY_HOUR;
  if (story.includes('loading')) return 'never';
  if (story.includes('failed')) return 'fails';
  if (ask.ask === 'report') return report(ask.from, ask.to, hours, story.includes('busy') ? 0.9 : 0.62);
  if (ask.ask === 'forecast') return forecast(ask.from, ask.to, hours);
  return release(ask.year, ask.month, hours);
}
