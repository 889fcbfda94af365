/** The directory as a table, out and in: first what a table would bring about or what is wrong with it, row by row; then, if wanted, all of it. */
import { useState } from 'preact/hooks';
import type { ServicesAnswer, ServicesRequest } from '../../proto';
import { words } from '../../words/console';

interface Props {
  readonly ask: (request: ServicesRequest) => Promise<ServicesAnswer | undefined>;
  readonly onTaken: () => void;
}

type Report = Extract<ServicesAnswer, { answer: 'report' }>;
/** What one message carries, with room for what JSON adds. */
const MOST_BYTES = 110_000;

export function Tables({ ask, onTaken }: Props) {
  const text = words.desk.services.tables;
  const [said, setSaid] = useState('');
  /** A table that was looked through. */
  const [looked, setLooked] = useState<{ readonly table: string; readonly report: Report }>();

  const save = async (): Promise<void> => {
    const answer = await ask({ ask: 'export' });
    if (answer?.answer !== 'table') return;
    // A spreadsheet takes it for UTF-8 only with this mark before it.
    const url = URL.createObjectURL(new Blob([`\ufeff${answer.table}`], { type: 'text/csv' }));
    Object.assign(document.createElement('a'), { href: url, download: 'services.csv' }).click();
    URL.revokeObjectURL(url);
  };
  const look = async (event: Event): Promise<void> => {
    const input = event.currentTarget as HTMLInputElement;
    const table = await input.files?.[0]?.text();
    input.value = '';
    setLooked(undefined);
    setSaid('');
    if (table === undefined) return;
    if (JSON.stringify(table).length > MOST_BYTES) return setSaid(text.tooLarge);
    const report = await ask({ ask: 'import', table, trial: true });
    if (report?.answer === 'report') setLooked({ table, report });
  };
  const take = async (table: string): Promise<void> => {
    const report = await ask({ ask: 'import', table, trial: false });
    setLooked(undefined);
    if (report?.answer !== 'report') return;
    if (report.flaws.length > 0) return setLooked({ table, report });
    setSaid(text.taken(report.added, report.changed));
    onTaken();
  };
  return (
    <section class="panel" aria-labelledby="tables">
      <h2 class="panel__title" id="tables">
        {text.title}
      </h2>
      <p class="small">{text.lead}</p>
      <div class="buttons">
        <button type="button" class="button" data-act="export" onClick={() => void save()}>
          {text.save}
        </button>
      </div>
      <label class="field__label" for="table">
        {text.take}
      </label>
      <input
        class="field__input"
        type="file"
        id="table"
        accept=".csv,text/csv"
        onChange={(event) => void look(event)}
      />
      <p role="status">{said}</p>
      {looked && (
        <Looked report={looked.report} onTake={() => void take(looked.table)} onNot={() => setLooked(undefined)} />
      )}
    </section>
  );
}

interface LookedProps {
  readonly report: Report;
  readonly onTake: () => void;
  readonly onNot: () => void;
}

function Looked({ report, onTake, onNot }: LookedProps) {
  const text = words.desk.services.tables;
  const { fields, flaw: told } = words.desk.services;
  const { added, changed, unchanged, flaws } = report;
  if (flaws.length > 0) {
    return (
      <div class="notice" role="alert" data-report="flawed">
        <p>
          <strong>{text.flawed(flaws.length)}</strong>
        </p>
        <ul>
          {flaws.map((flaw, at) => (
            <li key={at}>
              {[flaw.row !== null && text.row(flaw.row), flaw.field !== null && fields[flaw.field]]
                .filter(Boolean)
                .join(', ')}
              {flaw.row !== null || flaw.field !== null ? ': ' : ''}
              {told(flaw.what)}
            </li>
          ))}
        </ul>
      </div>
    );
  }
  return (
    <div class="notice" role="status" data-report="good">
      <p>
        <strong>{text.would(added, changed, unchanged)}</strong>
      </p>
      {added + changed > 0 ? (
        <div class="buttons">
          <button type="button" class="button button--main" data-act="import" onClick={onTake}>
            {text.doTake}
          </button>
          <button type="button" class="button button--quiet" onClick={onNot}>
            {text.not}
          </button>
        </div>
      ) : (
        <p>{text.nothing}</p>
      )}
    </div>
  );
}
