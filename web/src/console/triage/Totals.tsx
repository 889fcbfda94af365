/** What triage came to, for supervisors: sums of all cards, and the hours that are taken to be freed with what is assumed. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { StaffDesk } from '../../call/api';
import type { TriageTotals } from '../../proto';
import { words } from '../../words/console';
import { dayOf } from '../services/review';

export function Totals({ desk }: { readonly desk: StaffDesk }) {
  const text = words.desk.triage.totals;
  const [days, setDays] = useState(() => {
    const until = dayOf(new Date());
    return { from: `${until.slice(0, 8)}01`, until };
  });
  const [totals, setTotals] = useState<TriageTotals | 'failed'>();
  const show = useCallback(async (): Promise<void> => {
    const answer = await desk.triage({ ask: 'totals', ...days }).catch(() => undefined);
    setTotals(answer?.answer === 'totals' ? answer.totals : 'failed');
  }, [desk, days]);
  // Once; then whenever it is asked for.
  useEffect(() => void show(), [desk]);

  return (
    <>
      <p>{text.lead}</p>
      <form
        class="inline triage-days"
        onSubmit={(event) => {
          event.preventDefault();
          void show();
        }}
      >
        {(['from', 'until'] as const).map((end) => (
          <div key={end}>
            <label class="field__label" for={`triage-${end}`}>
              {text[end]}
            </label>
            <input
              class="field__input"
              type="date"
              id={`triage-${end}`}
              required
              value={days[end]}
              onInput={(event) => setDays({ ...days, [end]: event.currentTarget.value })}
            />
          </div>
        ))}
        <button type="submit" class="button">
          {text.show}
        </button>
      </form>
      {totals === undefined && (
        <p role="status" data-triage="loading">
          {words.desk.frame.loading}
        </p>
      )}
      {totals === 'failed' && (
        <p role="status" data-triage="failed">
          {text.failed}
        </p>
      )}
      {typeof totals === 'object' && <Sums totals={totals} />}
    </>
  );
}

function Sums({ totals }: { readonly totals: TriageTotals }) {
  const text = words.desk.triage.totals;
  const cards = totals.needs.reduce((sum, need) => sum + need.cards, 0);
  if (cards === 0) return <p data-triage="empty">{text.none}</p>;
  const minutes = totals.outcomes.reduce((sum, outcome) => sum + outcome.minutes, 0);
  const rows: readonly (readonly [string, number | string])[] = [
    [text.cards, cards],
    [text.handedOver, totals.handed_over],
    ...(totals.handover_s === null ? [] : [[text.average, text.duration(totals.handover_s)] as const]),
    [text.accepted, totals.accepted],
    [text.refused, totals.refused],
    [text.noAnswer, totals.no_answer],
    [text.notCome, totals.not_come],
    [text.unclosed, totals.unclosed],
  ];
  return (
    <div data-triage="totals">
      <dl class="figures triage-figures">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <h2 class="subheading">{text.freed}</h2>
      <p class="lead" data-hours>
        {text.freedLead(text.hours(minutes))}
      </p>
      <p class="small">{text.method}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a table that is wider than a phone is scrolled by the keys */}
      <section class="triage-scroll" aria-label={text.freed} tabIndex={0}>
        <table class="triage-table">
          <thead>
            <tr>
              {[text.outcome, text.cards, text.minutes, text.each, text.why].map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {totals.outcomes.map((outcome) => (
              <tr key={outcome.name}>
                <th scope="row">{outcome.name}</th>
                <td>{outcome.cards}</td>
                <td>{outcome.minutes}</td>
                <td>{outcome.minutes_each}</td>
                <td>{outcome.why}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <h2 class="subheading">{text.needs}</h2>
      <dl class="figures triage-figures">
        {totals.needs.map((need) => (
          <div key={need.name}>
            <dt>{need.name}</dt>
            <dd>{need.cards}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
