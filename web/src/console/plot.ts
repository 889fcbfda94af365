/** A chart drawn by uPlot, which is fetched only when one is shown; drawn anew when the system's colours change. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';

/** What a chart is drawn with: the page's colours, or the system's where it forces its own. */
export interface Ink {
  readonly forced: boolean;
  readonly text: string;
  readonly accent: string;
  /** Of grids, and of what stands behind. */
  readonly line: string;
  readonly edge: string;
  /** The font's family. */
  readonly family: string;
}

export type PlotOptions = Omit<uPlot.Options, 'width' | 'height'>;

interface Drawing {
  readonly data: uPlot.AlignedData;
  readonly options: (Plot: typeof uPlot, place: HTMLElement, ink: Ink) => PlotOptions;
}

const LOOKS = ['(prefers-color-scheme: dark)', '(forced-colors: active)'];

/** Draws into `place`. Anew when `shape` or `height` (pixels) changes; new data alone are put into what is drawn. */
export function usePlot(shape: string, height: number, drawing: Drawing) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const [state, setState] = useState<'loading' | 'drawn' | 'failed'>('loading');
  const latest = useRef(drawing);
  latest.current = drawing;

  useEffect(() => {
    let shown = true;
    let end = (): void => undefined;
    import('uplot').then(
      ({ default: Plot }) => {
        const element = place.current;
        if (!shown || !element) return;
        const draw = (): void => {
          chart.current?.destroy();
          const { data, options } = latest.current;
          const width = element.clientWidth;
          chart.current = new Plot({ width, height, ...options(Plot, element, inkOf(element)) }, data, element);
        };
        draw();
        setState('drawn');
        const sized = new ResizeObserver(() => {
          const width = element.clientWidth;
          if (chart.current && chart.current.width !== width) chart.current.setSize({ width, height });
        });
        sized.observe(element);
        const looks = LOOKS.map((look) => matchMedia(look));
        for (const look of looks) look.addEventListener('change', draw);
        end = () => {
          sized.disconnect();
          for (const look of looks) look.removeEventListener('change', draw);
        };
      },
      () => {
        if (shown) setState('failed');
      },
    );
    return () => {
      shown = false;
      end();
      chart.current?.destroy();
      chart.current = undefined;
    };
  }, [shape, height]);
  useEffect(() => chart.current?.setData(drawing.data));

  return { place, state };
}

function inkOf(element: HTMLElement): Ink {
  const style = getComputedStyle(element);
  const forced = matchMedia('(forced-colors: active)').matches;
  const ink = (name: string, system: string): string => (forced ? system : style.getPropertyValue(name).trim());
  return {
    forced,
    text: ink('--text', 'CanvasText'),
    accent: ink('--accent', 'CanvasText'),
    line: ink('--line', 'GrayText'),
    edge: ink('--edge', 'CanvasText'),
    family: style.fontFamily,
  };
}
