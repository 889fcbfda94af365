/** What is released of a month: no number under ten, and none that gives one away. */
import { useState } from 'preact/hooks';
import type { FiguresAnswer, Released } from '../../proto';
import { words } from '../../words/console';
import type { PageProps } from '../pages';
import { useFigures } from './ask';
import { Chart } from './Chart';
import { releaseCsv, save } from './csv';
import { releasedMonths } from './days';
import { Methods, Outcome, Said } from './parts';
import { Table } from './Table';

type Counts = Extract<FiguresAnswer, { answer: 'release' }>['release'];

/** Months to choose from. */
const MONTHS = 36;

export function Release({ desk, view }: PageProps) {
  const text = words.desk.figures;
  const [months] = useState(() => releasedMonths(Date.now(), MONTHS));
  const [chosen, setChosen] = useState(0);
  const month = months[chosen] ?? { year: 1970, month: 1 };
  const asked = useFigures(desk, { ask: 'release', ...month }, view.signalling === 'up');
  const release = asked.answer?.answer === 'release' ? asked.answer.release : undefined;
  return (
    <>
      <form class="panel report__range" onSubmit={(event) => event.preventDefault()}>
        <label class="report__field">
          <span class="field__label">{text.month}</span>
          <select
            class="field__input"
            value={String(chosen)}
            onChange={({ currentTarget: { value } }) => setChosen(Number(value))}
          >
            {months.map((known, at) => (
              <option key={`${known.year}-${known.month}`} value={String(at)}>
                {text.monthOf(known.year, known.month)}
              </option>
            ))}
          </select>
        </label>
      </form>
      <Outcome asked={asked} shown={release !== undefined} lost={view.signalling === 'lost'}>
        {release && <Shown release={release} />}
      </Outcome>
    </>
  );
}

function Shown({ release }: { readonly release: Counts }) {
  const text = words.desk.figures;
  const { columns } = text.tables;
  const seen = (count: number | null, as: (count: number) => string = String): string =>
    count === null ? text.hidden : as(count);
  const cells = (counts: Released): string[] => [
    seen(counts.offered),
    seen(counts.answered),
    seen(counts.abandoned),
    seen(counts.unserved),
  ];
  const head = [columns.offered, columns.answered, columns.abandoned, columns.unserved];
  const pairs: readonly (readonly [string, string])[] = [
    [text.key.offered, seen(release.total.offered)],
    [text.key.answered, seen(release.total.answered)],
    [text.key.abandoned, seen(release.total.abandoned)],
    [text.key.unserved, seen(release.total.unserved)],
    [text.key.serviceLevel, seen(release.in_20_s_per_cent, text.percent)],
    [text.key.median, seen(release.median_s, text.seconds)],
    [text.key.centile90, seen(release.centile_90_s, text.seconds)],
    [text.key.centile95, seen(release.centile_95_s, text.seconds)],
    [text.key.meanCall, seen(release.mean_call_min, text.minutes)],
    [text.key.occupancy, seen(release.occupancy_per_cent, text.percent)],
  ];
  const month = text.monthOf(release.year, release.month);
  const file = `released-${release.year}-${String(release.month).padStart(2, '0')}.csv`;
  return (
    <div class="report__shown" data-month={`${release.year}-${release.month}`}>
      <p class="lead">{month}</p>
      <p>{text.hiddenNote}</p>
      <div class="buttons report__acts">
        <button type="button" class="button" onClick={() => save(file, releaseCsv(release))}>
          {text.save}
        </button>
        <button type="button" class="button" onClick={() => window.print()}>
          {text.print}
        </button>
      </div>
      {release.total.offered === null ? (
        <p>{text.tooFew}</p>
      ) : (
        <>
          <h2 class="subheading">{text.key.title}</h2>
          <dl class="report__key">
            {pairs.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
          <Chart
            title={text.charts.hour}
            names={release.hours.map((_, at) => text.hour(at))}
            back={release.hours.map((hour) => hour.offered)}
            front={release.hours.map((hour) => hour.answered)}
          />
          <Table
            id="by-hour"
            caption={text.tables.hour}
            head={[columns.hour, ...head]}
            rows={release.hours.map((counts, at) => [text.hour(at), ...cells(counts)])}
          />
          <Table
            id="by-weekday"
            caption={text.tables.weekday}
            head={[columns.weekday, ...head]}
            rows={release.weekdays.map((counts, at) => [text.weekdays[at] ?? '', ...cells(counts)])}
          />
          {release.lines.length > 1 && (
            <Table
              id="by-line"
              caption={text.tables.line}
              head={[columns.line, ...head]}
              rows={release.lines.map(({ line, title, counts }) => [title || line, ...cells(counts)])}
            />
          )}
        </>
      )}
      <Said codes={release.codes} />
      <Methods />
    </div>
  );
}
