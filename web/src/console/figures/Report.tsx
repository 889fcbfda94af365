/** All figures of some days, for a supervisor: on the screen, on paper and as a file. */
import { useState } from 'preact/hooks';
import type { FiguresAnswer, LineFigures } from '../../proto';
import { words } from '../../words/console';
import type { PageProps } from '../pages';
import { useFigures } from './ask';
import { Chart } from './Chart';
import { reportCsv, save } from './csv';
import { type Days, isRange, presets, shifted } from './days';
import { Freed, minutesFreed } from './Freed';
import { Promised } from './Promised';
import { Methods, Outcome, Said } from './parts';
import { goodShare, Sound } from './Sound';
import { Table } from './Table';

type Answer = Extract<FiguresAnswer, { answer: 'report' }>;
type Full = Answer['report'];

/** Above this people tire. */
const TIRING = 85;

export function Report({ desk, view }: PageProps) {
  const [days, setDays] = useState<Days>(() => presets(Date.now()).month);
  const [line, setLine] = useState<string | null>(null);
  const asked = useFigures(desk, { ask: 'report', ...days, line }, view.signalling === 'up');
  const answer = asked.answer?.answer === 'report' ? asked.answer : undefined;
  return (
    <>
      <Range days={days} line={line} report={answer?.report} onDays={setDays} onLine={setLine} />
      <Outcome asked={asked} shown={answer !== undefined} lost={view.signalling === 'lost'}>
        {answer && <Shown answer={answer} line={line} />}
      </Outcome>
    </>
  );
}

interface RangeProps {
  readonly days: Days;
  readonly line: string | null;
  readonly report: Full | undefined;
  readonly onDays: (days: Days) => void;
  readonly onLine: (line: string | null) => void;
}

function Range({ days, line, report, onDays, onLine }: RangeProps) {
  const text = words.desk.figures.range;
  const [draft, setDraft] = useState(days);
  const [wrong, setWrong] = useState(false);
  const take = (next: Days): void => {
    setDraft(next);
    setWrong(!isRange(next));
    if (isRange(next)) onDays(next);
  };
  const lines = report?.lines ?? [];
  return (
    <form
      class="panel report__range"
      aria-label={text.title}
      onSubmit={(event) => {
        event.preventDefault();
        take(draft);
      }}
    >
      <div class="inline">
        {(['today', 'week', 'month', 'lastMonth'] as const).map((name) => (
          <button key={name} type="button" class="button" onClick={() => take(presets(Date.now())[name])}>
            {text[name]}
          </button>
        ))}
      </div>
      <div class="inline">
        {(['from', 'to'] as const).map((end) => (
          <label key={end} class="report__field">
            <span class="field__label">{text[end]}</span>
            <input
              class="field__input"
              type="date"
              required
              value={draft[end]}
              onInput={({ currentTarget: { value } }) => setDraft({ ...draft, [end]: value })}
            />
          </label>
        ))}
        {lines.length > 1 && (
          <label class="report__field">
            <span class="field__label">{text.line}</span>
            <select
              class="field__input"
              value={line ?? ''}
              onChange={({ currentTarget: { value } }) => onLine(value === '' ? null : value)}
            >
              <option value="">{text.allLines}</option>
              {lines.map((known) => (
                <option key={known.line} value={known.line}>
                  {known.title || known.line}
                </option>
              ))}
            </select>
          </label>
        )}
        <button type="submit" class="button button--main">
          {text.submit}
        </button>
      </div>
      {wrong && (
        <p class="field__problem" role="alert">
          {text.invalid}
        </p>
      )}
    </form>
  );
}

function Shown({ answer, line }: { readonly answer: Answer; readonly line: string | null }) {
  const { report, triage } = answer;
  const text = words.desk.figures;
  const { columns } = text.tables;
  const title = (name: string): string => report.lines.find((known) => known.line === name)?.title || name;
  const occupancy = report.staff.occupancy_per_cent;
  const hours = report.hours.map((_, at) => text.hour(at));
  const head = [
    columns.offered,
    columns.answered,
    columns.abandoned,
    columns.unserved,
    columns.serviceLevel,
    columns.median,
    columns.centile90,
    columns.longest,
    columns.calls,
    columns.reconnected,
  ];
  return (
    <div class="report__shown" data-from={report.from} data-to={report.to}>
      <p class="lead">
        {text.period(report.from, report.to)}
        {line !== null && <> · {text.of(title(line))}</>}
      </p>
      <div class="buttons report__acts">
        <button
          type="button"
          class="button"
          onClick={() => save(`figures-${report.from}-${report.to}.csv`, reportCsv(answer, line))}
        >
          {text.save}
        </button>
        <button type="button" class="button" onClick={() => window.print()}>
          {text.print}
        </button>
      </div>
      {occupancy !== null && occupancy > TIRING && (
        <div class="notice" data-busy>
          <p>{text.busy(occupancy)}</p>
        </div>
      )}
      {report.total.offered === 0 && <p>{text.empty}</p>}
      <Key answer={answer} />
      {report.days.length > 1 && (
        <Chart
          title={text.charts.day}
          names={report.days.map((_, at) => text.date(shifted(report.from, at)).replace(/ \d+$/, ''))}
          back={report.days.map((day) => day.offered)}
          front={report.days.map((day) => day.answered)}
        />
      )}
      <Chart
        title={text.charts.hour}
        names={hours}
        back={report.hours.map((hour) => hour.offered)}
        front={report.hours.map((hour) => hour.answered)}
      />
      <Table
        id="by-hour"
        caption={text.tables.hour}
        head={[columns.hour, ...head]}
        rows={report.hours.map((figures, at) => [text.hour(at), ...cells(figures)])}
      />
      <Table
        id="by-weekday"
        caption={text.tables.weekday}
        head={[columns.weekday, ...head]}
        rows={report.weekdays.map((figures, at) => [text.weekdays[at] ?? '', ...cells(figures)])}
      />
      {report.days.length > 1 && (
        <Table
          id="by-day"
          caption={text.tables.day}
          head={[columns.day, ...head]}
          rows={report.days.map((figures, at) => [text.date(shifted(report.from, at)), ...cells(figures)])}
        />
      )}
      {report.by_line.length > 1 && line === null && (
        <Table
          id="by-line"
          caption={text.tables.line}
          head={[columns.line, ...head]}
          rows={report.by_line.map((one) => [title(one.line), ...cells(one.figures)])}
        />
      )}
      <Table
        id="grid"
        caption={text.tables.grid}
        head={[columns.weekday, ...hours.map((hour) => hour.slice(0, 2))]}
        rows={report.offered.map((counts, at) => [text.weekdays[at] ?? '', ...counts.map(String)])}
      />
      <Table
        id="staff"
        caption={text.tables.staff}
        head={[columns.hour, columns.call, columns.wrapUp, columns.available, columns.paused, columns.occupancy]}
        rows={report.staff_hours.map((time, at) => [
          text.hour(at),
          text.seconds(time.on_call_s),
          text.seconds(time.wrap_up_s),
          text.seconds(time.available_s),
          text.seconds(time.paused_s),
          time.occupancy_per_cent === null ? text.none : text.percent(time.occupancy_per_cent),
        ])}
      />
      <Said codes={report.codes} />
      <h2 class="subheading">{text.sound.title}</h2>
      <Sound report={report} allLines={line === null} title={title} />
      <h2 class="subheading">{text.followUps.title}</h2>
      <Promised report={report} />
      <h2 class="subheading">{text.triage.title}</h2>
      <Freed triage={triage} />
      <Methods />
    </div>
  );
}

/** The share that was answered in 20 s, of those who were answered or left. */
function serviceLevel({ in_20_s, answered, abandoned }: LineFigures): string {
  const { none, percent } = words.desk.figures;
  const over = answered + abandoned;
  return over === 0 ? none : percent(Math.round((in_20_s * 100) / over));
}

const wait = (seconds: number | null): string => {
  const { none, seconds: written } = words.desk.figures;
  return seconds === null ? none : written(seconds);
};

function cells(figures: LineFigures): string[] {
  return [
    String(figures.offered),
    String(figures.answered),
    String(figures.abandoned),
    String(figures.unserved),
    serviceLevel(figures),
    wait(figures.median_s),
    wait(figures.centile_90_s),
    wait(figures.longest_wait_s),
    String(figures.calls),
    String(figures.reconnected),
  ];
}

function Key({ answer: { report, triage } }: { readonly answer: Answer }) {
  const text = words.desk.figures;
  const { total, staff, follow_ups: promised } = report;
  const { key } = text;
  const mean = (seconds: number): string => (total.calls === 0 ? text.none : text.seconds(seconds / total.calls));
  const waiting = total.offered - total.answered - total.abandoned;
  const pairs: readonly (readonly [string, string])[] = [
    [key.offered, String(total.offered)],
    [key.answered, String(total.answered)],
    [key.abandoned, String(total.abandoned)],
    ...(waiting > 0 ? ([[key.waiting, String(waiting)]] as const) : []),
    [key.unserved, String(total.unserved)],
    [key.serviceLevel, serviceLevel(total)],
    [key.median, wait(total.median_s)],
    [key.centile90, wait(total.centile_90_s)],
    [key.centile95, wait(total.centile_95_s)],
    [key.longest, wait(total.longest_wait_s)],
    [key.calls, String(total.calls)],
    [key.meanCall, mean(total.call_s)],
    [key.meanWrapUp, mean(total.wrap_up_s)],
    [key.occupancy, staff.occupancy_per_cent === null ? text.none : text.percent(staff.occupancy_per_cent)],
    [key.reconnected, String(total.reconnected)],
    [key.sound, goodShare(total.heard)],
    [key.promised, text.followUps.kept(promised.done, promised.due)],
    [key.overdue, String(promised.overdue)],
    [key.freed, words.desk.triage.totals.hours(minutesFreed(triage))],
  ];
  return (
    <>
      <h2 class="subheading">{key.title}</h2>
      <dl class="report__key">
        {pairs.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
