/** What every page of figures has: how it is being fetched, and how it was counted. */
import type { ComponentChildren } from 'preact';
import type { Coded } from '../../proto';
import { Notice } from '../../ui/Notice';
import { words } from '../../words/console';
import type { Asked } from './ask';
import { Table } from './Table';

interface Props {
  readonly asked: Asked;
  /** Whether there is something to show. */
  readonly shown: boolean;
  readonly lost: boolean;
  readonly children: ComponentChildren;
}

export function Outcome({ asked, shown, lost, children }: Props) {
  const text = words.desk.figures;
  return (
    <div data-figures={shown ? 'shown' : asked.problem ? 'failed' : 'loading'}>
      {lost && (
        <Notice>
          <p>{text.offline}</p>
        </Notice>
      )}
      <p role="status">{asked.busy && text.loading}</p>
      {asked.problem && (
        <Notice>
          <p>{asked.problem === 'out_of_order' ? text.notYet : text.failed}</p>
          <p>
            <button type="button" class="button" onClick={asked.again}>
              {text.again}
            </button>
          </p>
        </Notice>
      )}
      {children}
    </div>
  );
}

/** What counsellors said of calls. */
export function Said({ codes }: { readonly codes: readonly Coded[] }) {
  const text = words.desk.figures;
  return (
    <>
      {codes.map((coded, at) => (
        <Table
          key={coded.title}
          id={`said-${at}`}
          caption={coded.title}
          head={[text.codes.answer, text.codes.count]}
          rows={coded.answers.map(({ answer, count }) => [
            answer || text.codes.none,
            count === null ? text.hidden : String(count),
          ])}
        />
      ))}
    </>
  );
}

export function Methods() {
  const { title, points } = words.desk.figures.methods;
  return (
    <details class="report__methods">
      <summary>{title}</summary>
      <ul>
        {points.map((point) => (
          <li key={point}>{point}</li>
        ))}
      </ul>
    </details>
  );
}
