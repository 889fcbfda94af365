/** The last hour: who waited, who was answered, who was lost; as charts and as a table. */
import type { Minute } from '../../proto';
import { words } from '../../words/console';
import { Chart } from './Chart';

interface Props {
  readonly minutes: readonly Minute[];
  /** To be read from across a room. */
  readonly far: boolean;
}

const sum = (of: readonly number[]): number => of.reduce((total, one) => total + one, 0);

export function Charts({ minutes, far }: Props) {
  const text = words.desk.wallboard.charts;
  const times = minutes.map(({ at }) => at);
  const waiting = minutes.map((minute) => minute.waiting);
  const answered = minutes.map((minute) => minute.answered);
  const lost = minutes.map((minute) => minute.lost);
  const size = far ? { height: 300, type: 26 } : { height: 180, type: 14 };
  return (
    <section class="wallboard__charts" aria-labelledby="charts">
      <h2 class="subheading" id="charts">
        {text.title}
      </h2>
      <div class="wallboard__pair">
        <Chart
          title={text.waiting}
          summary={text.waitingSummary(Math.max(0, ...waiting), waiting.at(-1) ?? 0)}
          times={times}
          lines={[{ values: waiting, filled: true }]}
          {...size}
        />
        <Chart
          title={text.calls}
          summary={text.callsSummary(sum(answered), sum(lost))}
          times={times}
          lines={[{ values: answered }, { values: lost, dashed: true }]}
          {...size}
        />
      </div>
      {!far && <Table minutes={minutes} />}
    </section>
  );
}

function Table({ minutes }: { readonly minutes: readonly Minute[] }) {
  const text = words.desk.wallboard.charts;
  return (
    <details>
      <summary>{text.figures}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keys too */}
      <section class="wallboard__scroll" aria-label={text.figures} tabIndex={0}>
        <table class="wallboard__table">
          <thead>
            <tr>
              <th scope="col">{text.minute}</th>
              <th scope="col">{text.waiting}</th>
              <th scope="col">{text.longest}</th>
              <th scope="col">{text.answered}</th>
              <th scope="col">{text.lost}</th>
              <th scope="col">{text.onShift}</th>
            </tr>
          </thead>
          <tbody>
            {[...minutes].reverse().map((minute) => (
              <tr key={minute.at}>
                <th scope="row">{text.time(minute.at)}</th>
                <td>{minute.waiting}</td>
                <td>{words.desk.duration(minute.longest_wait_s)}</td>
                <td>{minute.answered}</td>
                <td>{minute.lost}</td>
                <td>{minute.on_shift}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
