/** What triage came to: the outcomes of its cards, and the hours that they are taken to have freed. */
import type { TriageTotals } from '../../proto';
import { words } from '../../words/console';
import { Table } from './Table';

export function Freed({ triage }: { readonly triage: TriageTotals }) {
  const { totals: text } = words.desk.triage;
  const { outcomes, none } = words.desk.figures.triage;
  if (triage.outcomes.length === 0 && triage.unclosed === 0) return <p data-freed="none">{none}</p>;
  const rows = triage.outcomes.map(({ name, cards, minutes }) => [name, String(cards), text.hours(minutes)]);
  const unclosed = triage.unclosed > 0 ? [[text.unclosed, String(triage.unclosed), text.hours(0)]] : [];
  return (
    <>
      <Table
        id="triage"
        caption={outcomes}
        head={[text.outcome, text.cards, text.freed]}
        rows={[...rows, ...unclosed]}
      />
      <p data-freed="total">{text.freedLead(text.hours(minutesFreed(triage)))}</p>
      <p class="small">{text.method}</p>
    </>
  );
}

export function minutesFreed(triage: TriageTotals): number {
  return triage.outcomes.reduce((sum, { minutes }) => sum + minutes, 0);
}
