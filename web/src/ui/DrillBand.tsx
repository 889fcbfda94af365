/** Over everything on a page that is in a drill: that it is one, and the way out. Read out when it appears. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

interface Props {
  readonly label: string;
  readonly title: string;
  readonly lead: string;
  readonly out: string;
  readonly onOut: () => void;
}

/** What sticks to the top of the page sticks below the band: its height, in the styles of both pages. */
const HEIGHT = '--drill-band';

export function DrillBand({ label, title, lead, out, onOut }: Props) {
  const band = useRef<HTMLElement>(null);
  const [said, setSaid] = useState(false);
  useLayoutEffect(() => {
    const { style } = document.documentElement;
    const sized = new ResizeObserver(() => style.setProperty(HEIGHT, `${band.current?.offsetHeight ?? 0}px`));
    if (band.current) sized.observe(band.current);
    // Text that comes into a region that is there is read out.
    setSaid(true);
    return () => {
      sized.disconnect();
      style.removeProperty(HEIGHT);
    };
  }, []);
  return (
    <section class="drill-band" aria-label={label} ref={band} data-drill>
      <p class="drill-band__text" role="status">
        {said && (
          <>
            <strong>{title}</strong> {lead}
          </>
        )}
      </p>
      <button type="button" class="button drill-band__out" onClick={onOut} data-drill-out>
        {out}
      </button>
    </section>
  );
}
