/** A chart over time, drawn by uPlot, which is fetched only when one is shown. What it says is in words beside it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { words } from '../../words/console';

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
const SCHEMES = ['(prefers-color-scheme: dark)', '(forced-colors: active)'];

export function Chart({ title, summary, times, lines, height, type }: Props) {
  const text = words.desk.wallboard.charts;
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const [state, setState] = useState<'loading' | 'drawn' | 'failed'>('loading');
  const data = dataOf(times, lines);
  const latest = useRef(data);
  latest.current = data;
  const shapes = lines.map(({ dashed, filled }) => `${dashed} ${filled}`).join();

  useEffect(() => {
    let shown = true;
    let watching = () => {};
    import('uplot').then(
      ({ default: Plot }) => {
        const { current: element } = place;
        if (!shown || !element) return;
        const draw = (): void => {
          chart.current?.destroy();
          const options = optionsOf(element, lines, height, type, Plot);
          chart.current = new Plot(options, latest.current, element);
        };
        draw();
        setState('drawn');
        const wide = new ResizeObserver(() => {
          if (chart.current && chart.current.width !== element.clientWidth)
            chart.current.setSize({ width: element.clientWidth, height });
        });
        wide.observe(element);
        const schemes = SCHEMES.map((scheme) => matchMedia(scheme));
        for (const scheme of schemes) scheme.addEventListener('change', draw);
        watching = () => {
          wide.disconnect();
          for (const scheme of schemes) scheme.removeEventListener('change', draw);
        };
      },
      () => {
        if (shown) setState('failed');
      },
    );
    return () => {
      shown = false;
      watching();
      chart.current?.destroy();
      chart.current = undefined;
    };
    // Drawn anew when its shape changes; new values are set below.
  }, [shapes, height, type]);
  useEffect(() => chart.current?.setData(data));

  return (
    <figure class="chart" data-chart={state}>
      <figcaption class="chart__title">{title}</figcaption>
      {state !== 'drawn' && <p class="small">{text[state]}</p>}
      <div class="chart__place" role="img" aria-label={summary} ref={place} />
    </figure>
  );
}

function dataOf(times: readonly number[], lines: readonly Line[]): uPlot.AlignedData {
  return [times.map((at) => at / 1000), ...lines.map(({ values }) => [...values])];
}

function optionsOf(
  element: HTMLElement,
  lines: readonly Line[],
  height: number,
  type: number,
  Plot: typeof uPlot,
): uPlot.Options {
  const ink = (name: string): string => getComputedStyle(element).getPropertyValue(name).trim();
  const forced = matchMedia('(forced-colors: active)').matches;
  const text = forced ? 'CanvasText' : ink('--text');
  const line = forced ? 'CanvasText' : ink('--accent');
  const stepped = Plot.paths.stepped?.({ align: 1 });
  const font = `${type}px ${getComputedStyle(element).fontFamily}`;
  const axis = {
    stroke: text,
    font,
    grid: { stroke: forced ? 'GrayText' : ink('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height,
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
        stroke: dashed ? text : line,
        width: type / 7,
        ...(dashed && { dash: [type / 2, type / 3] }),
        ...(filled && !forced && { fill: `color-mix(in srgb, ${line} 25%, transparent)` }),
        ...(stepped && { paths: stepped }),
        points: { show: false },
      })),
    ],
  };
}
