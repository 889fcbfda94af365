/** How calls sounded that ended, as the consoles in them said. */
import type { FiguresAnswer, Heard } from '../../proto';
import { words } from '../../words/console';
import { Table } from './Table';

type Full = Extract<FiguresAnswer, { answer: 'report' }>['report'];

interface Props {
  readonly report: Full;
  /** Of whatever line. */
  readonly allLines: boolean;
  readonly title: (line: string) => string;
}

export function Sound({ report, allLines, title }: Props) {
  const text = words.desk.figures;
  const { columns, hour, line, none } = text.sound;
  if (measured(report.total.heard) === 0) return <p data-sound="none">{none}</p>;
  const head = [columns.good, columns.here, columns.there, columns.both, columns.late, columns.share];
  const { columns: names } = text.tables;
  return (
    <>
      <Table
        id="sound-by-hour"
        caption={hour}
        head={[names.hour, ...head]}
        rows={report.hours.map(({ heard }, at) => [text.hour(at), ...cells(heard)])}
      />
      {report.by_line.length > 1 && allLines && (
        <Table
          id="sound-by-line"
          caption={line}
          head={[names.line, ...head]}
          rows={report.by_line.map((one) => [title(one.line), ...cells(one.figures.heard)])}
        />
      )}
    </>
  );
}

/** The share of the time without a fault, in words. */
export function goodShare(heard: Heard): string {
  const { none, percent } = words.desk.figures;
  const all = measured(heard);
  return all === 0 ? none : percent(Math.round((heard.good_s * 100) / all));
}

function measured({ good_s, gaps_here_s, gaps_there_s, gaps_both_s, late_s }: Heard): number {
  return good_s + gaps_here_s + gaps_there_s + gaps_both_s + late_s;
}

function cells(heard: Heard): string[] {
  const { seconds } = words.desk.figures;
  const { good_s, gaps_here_s, gaps_there_s, gaps_both_s, late_s } = heard;
  return [...[good_s, gaps_here_s, gaps_there_s, gaps_both_s, late_s].map(seconds), goodShare(heard)];
}
