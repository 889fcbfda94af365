/** The page of triage: a coordinator's own cards; for supervisors only what they came to. */
import { Notice } from '../../ui/Notice';
import { Screen } from '../../ui/Screen';
import { words } from '../../words/console';
import type { PageProps } from '../pages';
import { useTitle } from '../title';
import { Cards } from './Cards';
import { Totals } from './Totals';

export function Triage({ desk, view }: PageProps) {
  const text = words.desk.triage;
  useTitle(text.documentTitle);
  return (
    <main class="main main--page">
      <Screen name="triage" title={text.title}>
        {view.signalling === 'lost' && (
          <Notice>
            <p>{text.offline}</p>
          </Notice>
        )}
        {view.role === 'coordinator' ? <Cards desk={desk} view={view} /> : <Totals desk={desk} />}
      </Screen>
    </main>
  );
}
