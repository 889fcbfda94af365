/** The hours of a week as a grid of days and hours: dragged over, or gone through by keys. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { RotaView } from '../../proto';
import { words } from '../../words/console';
import { daysOf, reached, rowsOf } from './week';

interface Props {
  readonly rota: RotaView;
  /** Whose hours are changed, in words. */
  readonly who: string;
  /** Which of them are on; undefined where it is numbers that are changed. */
  readonly on: readonly boolean[] | undefined;
  readonly have: readonly number[];
  readonly needed: readonly number[];
  /** Sets an hour as it was begun: on or off; numbers are set whatever is begun. */
  readonly onPaint: (place: number, on: boolean) => void;
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

export function Grid({ rota, who, on, have, needed, onPaint }: Props) {
  const text = words.desk.rota;
  const days = useMemo(() => daysOf(rota.hours), [rota.hours]);
  const rows = useMemo(() => rowsOf(rota.hours), [rota.hours]);
  const [current, setCurrent] = useState(0);
  const table = useRef<HTMLTableElement>(null);
  /** What a drag, or a row of keys, sets: as the first hour was changed. */
  const painting = useRef<boolean | undefined>(undefined);
  const carried = useRef(true);

  useEffect(() => {
    const end = (): void => {
      painting.current = undefined;
    };
    addEventListener('pointerup', end);
    addEventListener('pointercancel', end);
    return () => {
      removeEventListener('pointerup', end);
      removeEventListener('pointercancel', end);
    };
  }, []);

  const begin = (place: number): void => {
    const set = on === undefined || !on[place];
    carried.current = set;
    setCurrent(place);
    onPaint(place, set);
  };
  const focus = (place: number): void => {
    setCurrent(place);
    table.current?.querySelector<HTMLElement>(`[data-place="${place}"]`)?.focus();
  };
  const press = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    if (step) {
      event.preventDefault();
      const next = reached(rows, current, step[0], step[1]);
      if (event.shiftKey && next !== current) onPaint(next, carried.current);
      focus(next);
    } else if (event.key === ' ' || event.key === 'Enter') {
      event.preventDefault();
      begin(current);
    } else if (event.key === 'Home' || event.key === 'End') {
      event.preventDefault();
      const row = rows.find(({ places }) => places.includes(current))?.places.filter((place) => place !== undefined);
      const place = event.key === 'Home' ? row?.[0] : row?.at(-1);
      if (place !== undefined) focus(place);
    }
  };
  const under = ({ clientX, clientY }: PointerEvent): number | undefined => {
    const cell = document.elementFromPoint(clientX, clientY)?.closest<HTMLElement>('[data-place]');
    return cell && table.current?.contains(cell) ? Number(cell.dataset.place) : undefined;
  };

  return (
    <table
      class="rota"
      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table that is edited is of the role grid
      role="grid"
      aria-label={text.grid(who)}
      aria-multiselectable="true"
      ref={table}
      onKeyDown={press}
    >
      <thead>
        <tr>
          <td />
          {days.map((day) => (
            <th key={day} scope="col">
              {text.dayShort(day)} <span class="rota__date">{text.dayNumber(day)}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ hour, again, places }) => (
          <tr key={`${hour} ${again}`}>
            <th scope="row">{text.hour(hour, again)}</th>
            {places.map((place, column) => {
              const day = days[column] ?? '';
              if (place === undefined) return <td key={day} class="rota__none" />;
              const [has, wants] = [have[place] ?? 0, needed[place] ?? 0];
              const when = `${text.day(day)}, ${text.clock(hour, again)}`;
              return (
                <td
                  key={day}
                  // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a cell of that grid
                  role="gridcell"
                  class="rota__hour"
                  tabIndex={place === current ? 0 : -1}
                  aria-label={text.cell(when, on?.[place], has, wants)}
                  aria-selected={on?.[place] ?? false}
                  data-place={place}
                  data-short={has < wants}
                  onPointerDown={(event) => {
                    if (event.button !== 0) return;
                    // What is dragged over is looked up by its place, whatever caught the pointer.
                    if (event.currentTarget.hasPointerCapture(event.pointerId))
                      event.currentTarget.releasePointerCapture(event.pointerId);
                    painting.current = on === undefined || !on[place];
                    begin(place);
                  }}
                  onPointerMove={(event) => {
                    if (painting.current === undefined) return;
                    const over = under(event);
                    if (over !== undefined && over !== current) {
                      setCurrent(over);
                      onPaint(over, painting.current);
                    }
                  }}
                >
                  {has}
                  {/* Drawn by the style: a name by which one speaks to it says it in words. */}
                  <span class="rota__of" data-wants={wants} />
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
