/** How many people each hour of a week takes. */
import { useState } from 'preact/hooks';
import type { FiguresAnswer, Need } from '../../proto';
import { words } from '../../words/console';
import type { PageProps } from '../pages';
import { useFigures } from './ask';
import { shifted, ukDay } from './days';
import { Outcome } from './parts';
import { Table } from './Table';

type Week = Extract<FiguresAnswer, { answer: 'forecast' }>['forecast'];

interface Target {
  readonly in_20_s_per_cent: number;
  readonly occupancy_per_cent: number;
}

/** Whole weeks, so that each weekday counts as often. */
const WEEKS = 12;
const BOUNDS = { in_20_s_per_cent: 99, occupancy_per_cent: 100 } as const;

export function Forecast({ desk, view }: PageProps) {
  const text = words.desk.figures;
  const [target, setTarget] = useState<Target>({ in_20_s_per_cent: 90, occupancy_per_cent: 85 });
  const [to] = useState(() => shifted(ukDay(Date.now()), -1));
  const from = shifted(to, 1 - 7 * WEEKS);
  const asked = useFigures(desk, { ask: 'forecast', from, to, line: null, ...target }, view.signalling === 'up');
  const week = asked.answer?.answer === 'forecast' ? asked.answer.forecast : undefined;
  return (
    <>
      <Targets target={target} onTarget={setTarget} />
      <Outcome asked={asked} shown={week !== undefined} lost={view.signalling === 'lost'}>
        {week && (
          <>
            <p class="lead">{text.forecast.lead}</p>
            <p>{text.period(week.from, week.to)}</p>
            {week.hours.length === 0 ? <p>{text.forecast.empty}</p> : <Shown week={week} />}
          </>
        )}
      </Outcome>
    </>
  );
}

function Targets({ target, onTarget }: { readonly target: Target; readonly onTarget: (target: Target) => void }) {
  const text = words.desk.figures.forecast;
  const [draft, setDraft] = useState(target);
  const [wrong, setWrong] = useState(false);
  const names = { in_20_s_per_cent: text.target, occupancy_per_cent: text.occupancy } as const;
  return (
    <form
      class="panel report__range"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const fits = (key: keyof Target): boolean =>
          Number.isInteger(draft[key]) && draft[key] >= 1 && draft[key] <= BOUNDS[key];
        const sound = fits('in_20_s_per_cent') && fits('occupancy_per_cent');
        setWrong(!sound);
        if (sound) onTarget(draft);
      }}
    >
      <div class="inline">
        {(['in_20_s_per_cent', 'occupancy_per_cent'] as const).map((key) => (
          <label key={key} class="report__field">
            <span class="field__label">{names[key]}</span>
            <input
              class="field__input"
              type="number"
              min="1"
              max={BOUNDS[key]}
              value={draft[key]}
              onInput={({ currentTarget: { valueAsNumber } }) => setDraft({ ...draft, [key]: valueAsNumber })}
            />
          </label>
        ))}
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

function Shown({ week }: { readonly week: Week }) {
  const text = words.desk.figures;
  const { forecast } = text;
  const hours = Array.from({ length: 24 }, (_, hour) => text.hour(hour).slice(0, 2));
  const people = (many: number | null): string => (many === null ? forecast.tooMany : String(many));
  const rows = (cell: (need: Need) => string): string[][] =>
    week.hours.map((needs, day) => [text.weekdays[day] ?? '', ...needs.map(cell)]);
  const head = [text.tables.columns.weekday, ...hours];
  return (
    <>
      <p>
        {week.handling_s !== null && forecast.handling(week.handling_s)}{' '}
        {week.patience_s === null ? forecast.noPatience : forecast.patience(week.patience_s)}
      </p>
      <Table id="erlang-c" caption={forecast.erlangC} head={head} rows={rows((need) => people(need.erlang_c))} />
      <Table id="erlang-a" caption={forecast.erlangA} head={head} rows={rows((need) => people(need.erlang_a))} />
      <Table
        id="callers"
        caption={forecast.callers}
        head={head}
        rows={rows((need) => (need.callers_hundredths / 100).toFixed(1))}
      />
      <p>{forecast.method}</p>
    </>
  );
}
