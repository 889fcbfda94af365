/** Two counts side by side for each hour or day. A table says the same. */
import type uPlot from 'uplot';
import { words } from '../../words/console';
import { type Ink, type PlotOptions, usePlot } from '../plot';

interface Props {
  readonly title: string;
  readonly names: readonly string[];
  /** Wide bars. */
  readonly back: readonly (number | null)[];
  /** Narrow bars before them. */
  readonly front: readonly (number | null)[];
  /** What the bars are, and which of the wide ones is the highest. */
  readonly says?: { readonly key: string; readonly summary: (name: string, count: number) => string };
}

const HEIGHT = 240;

export function Chart({ title, names, back, front, says = words.desk.figures.charts }: Props) {
  const text = words.desk.figures.charts;
  const { place, state } = usePlot(JSON.stringify(names), HEIGHT, {
    data: [names.map((_, at) => at), [...back], [...front]],
    options: (Plot, element, ink) => optionsOf(Plot, element, ink, names),
  });
  const most = back.reduce<number>((best, value, at) => ((value ?? 0) > (back[best] ?? 0) ? at : best), 0);
  return (
    <figure class="report__chart" data-chart={state}>
      <figcaption>
        <strong>{title}</strong> {says.key} {(back[most] ?? 0) > 0 && says.summary(names[most] ?? '', back[most] ?? 0)}
      </figcaption>
      {state === 'failed' ? <p>{text.failed}</p> : <div class="report__place" ref={place} aria-hidden="true" />}
    </figure>
  );
}

function optionsOf(Plot: typeof uPlot, element: HTMLElement, ink: Ink, names: readonly string[]): PlotOptions {
  const axis = { stroke: ink.text, font: `14px ${ink.family}`, ticks: { stroke: ink.line } };
  const { bars } = Plot.paths;
  const series = (share: number, fill: string, stroke: string): uPlot.Series => ({
    fill,
    stroke,
    width: 1,
    points: { show: false },
    ...(bars && { paths: bars({ size: [share, 48] }) }),
  });
  return {
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: [-0.6, names.length - 0.4] },
      y: { range: (_plot, _least, most) => [0, Math.max(5, Math.ceil(most * 1.1))] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        splits: () => places(names.length, element.clientWidth),
        values: (_plot, at) => at.map((index) => names[index] ?? ''),
      },
      { ...axis, grid: { stroke: ink.line }, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000] },
    ],
    series: [{}, series(0.85, ink.line, ink.edge), series(0.45, ink.accent, ink.accent)],
  };
}

/** At which of so many places there is room for a name. */
export function places(many: number, width: number): number[] {
  const step = Math.max(1, Math.ceil((many * 64) / Math.max(width, 64)));
  return Array.from({ length: Math.ceil(many / step) }, (_, at) => at * step);
}
