/** A chart over time. What it says is in words beside it. */
import type uPlot from 'uplot';
import { words } from '../../words/console';
import { type Ink, type PlotOptions, usePlot } from '../plot';

export interface Line {
  /** By minute, as many as there are times. */
  readonly values: readonly number[];
  /** Told apart by its dashes, not only by its colour. */
  readonly dashed?: boolean;
  readonly filled?: boolean;
}

interface Props {
  readonly title: string;
  /** What it shows, in a sentence. */
  readonly summary: string;
  /** Milliseconds since 1970. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  /** Pixels. */
  readonly height: number;
  /** Pixels, of the figures at the axes. */
  readonly type: number;
}

/** Seconds from the first of sixty minutes to the last. */
const HOUR_S = 59 * 60;

export function Chart({ title, summary, times, lines, height, type }: Props) {
  const text = words.desk.wallboard.charts;
  const shapes = `${type} ${lines.map(({ dashed, filled }) => `${dashed} ${filled}`).join()}`;
  const { place, state } = usePlot(shapes, height, {
    data: [times.map((at) => at / 1000), ...lines.map(({ values }) => [...values])],
    options: (Plot, _place, ink) => optionsOf(Plot, ink, lines, type),
  });

  return (
    <figure class="chart" data-chart={state}>
      <figcaption class="chart__title">{title}</figcaption>
      {state !== 'drawn' && <p class="small">{text[state]}</p>}
      <div class="chart__place" role="img" aria-label={summary} ref={place} />
    </figure>
  );
}

function optionsOf(
  Plot: typeof uPlot,
  { forced, text, accent, line, family }: Ink,
  lines: readonly Line[],
  type: number,
): PlotOptions {
  const stepped = Plot.paths.stepped?.({ align: 1 });
  const axis = {
    stroke: text,
    font: `${type}px ${family}`,
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
  };
  return {
    // The last time is written to both sides of its line.
    padding: [type / 2, type * 1.6, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    // Whole callers, and room above so that a line along the top is seen.
    scales: {
      // The hour up to now, also when only some minutes of it are known.
      x: { range: (_, __, now) => [now - HOUR_S, now] },
      y: { range: (_, __, most) => [0, Math.max(4, Math.ceil((most ?? 0) * 1.1))] },
    },
    axes: [
      {
        ...axis,
        size: type * 2.2,
        space: type * 7,
        values: (_, at) => at.map((s) => words.desk.wallboard.charts.time(s * 1000)),
      },
      { ...axis, size: type * 2.8, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] },
    ],
    series: [
      {},
      ...lines.map(({ dashed, filled }) => ({
        stroke: dashed ? text : accent,
        width: type / 7,
        ...(dashed && { dash: [type / 2, type / 3] }),
        ...(filled && !forced && { fill: `color-mix(in srgb, ${accent} 25%, transparent)` }),
        ...(stepped && { paths: stepped }),
        points: { show: false },
      })),
    ],
  };
}
