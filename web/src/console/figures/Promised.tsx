/** Talks that were promised, by the hour for which they were, and what came of them. */
import type { FiguresAnswer, FollowUpFigures } from '../../proto';
import { words } from '../../words/console';
import { Chart } from './Chart';
import { shifted } from './days';
import { Table } from './Table';

type Full = Extract<FiguresAnswer, { answer: 'report' }>['report'];

export function Promised({ report }: { readonly report: Full }) {
  const text = words.desk.figures;
  const { columns, hour, weekday, day, chart, none } = text.followUps;
  if (report.follow_ups.due === 0) return <p data-promised="none">{none}</p>;
  const head = [columns.due, columns.done, columns.notReached, columns.overdue];
  const { columns: names } = text.tables;
  return (
    <>
      <Chart
        title={chart.title}
        names={report.follow_up_hours.map((_, at) => text.hour(at))}
        back={report.follow_up_hours.map(({ due }) => due)}
        front={report.follow_up_hours.map(({ done }) => done)}
        says={chart}
      />
      <Table
        id="follow-ups-by-hour"
        caption={hour}
        head={[names.hour, ...head]}
        rows={report.follow_up_hours.map((figures, at) => [text.hour(at), ...cells(figures)])}
      />
      <Table
        id="follow-ups-by-weekday"
        caption={weekday}
        head={[names.weekday, ...head]}
        rows={report.follow_up_weekdays.map((figures, at) => [text.weekdays[at] ?? '', ...cells(figures)])}
      />
      {report.days.length > 1 && (
        <Table
          id="follow-ups-by-day"
          caption={day}
          head={[names.day, ...head]}
          rows={report.follow_up_days.map((figures, at) => [text.date(shifted(report.from, at)), ...cells(figures)])}
        />
      )}
    </>
  );
}

function cells({ due, done, not_reached, overdue }: FollowUpFigures): string[] {
  return [due, done, not_reached, overdue].map(String);
}
