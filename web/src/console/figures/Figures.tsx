/** The page of figures: all of them for a supervisor, what is released for a commissioner. */
import { useState } from 'preact/hooks';
import { Screen } from '../../ui/Screen';
import { words } from '../../words/console';
import type { PageProps } from '../pages';
import { useTitle } from '../title';
import { Forecast } from './Forecast';
import { Release } from './Release';
import { Report } from './Report';

const VIEWS = { report: Report, release: Release, forecast: Forecast } as const;

export function Figures({ desk, view }: PageProps) {
  const text = words.desk.figures;
  const seesAll = view.role === 'supervisor';
  const [chosen, setChosen] = useState<keyof typeof VIEWS>('report');
  const Shown = VIEWS[seesAll ? chosen : 'release'];
  useTitle(text.documentTitle);
  return (
    <main class="main report">
      <Screen name="figures" title={text.title}>
        {seesAll && (
          <fieldset class="report__views" aria-label={text.views.title}>
            {(['report', 'release', 'forecast'] as const).map((name) => (
              <button
                key={name}
                type="button"
                class="button"
                aria-pressed={name === chosen}
                data-view={name}
                onClick={() => setChosen(name)}
              >
                {text.views[name]}
              </button>
            ))}
          </fieldset>
        )}
        <Shown desk={desk} view={view} />
      </Screen>
    </main>
  );
}
