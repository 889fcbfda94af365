/** The page of the directory: searched by everybody who tells others where to turn, kept by administrators. */
import { Notice } from '../../ui/Notice';
import { Screen } from '../../ui/Screen';
import { words } from '../../words/console';
import type { PageProps } from '../pages';
import { useTitle } from '../title';
import { useServices } from './held';
import { Keep } from './Keep';
import { Search } from './Search';

export function Directory({ desk, view }: PageProps) {
  const text = words.desk.services;
  const offline = view.signalling === 'lost';
  useTitle(text.documentTitle);
  return (
    <main class="main main--page">
      <Screen name="directory" title={text.title}>
        {view.role === 'administrator' ? (
          <>
            {offline && (
              <Notice>
                <p>{text.keep.offline}</p>
              </Notice>
            )}
            <Keep desk={desk} />
          </>
        ) : (
          <Read desk={desk} view={view} />
        )}
      </Screen>
    </main>
  );
}

function Read({ desk, view }: PageProps) {
  const held = useServices(desk, view.signalling);
  return <Search held={held} offline={view.signalling === 'lost'} />;
}
