/** Somebody whose role has no page of its own. */
import type { StaffDesk } from '../../call/api';
import type { Role } from '../../proto';
import { Screen } from '../../ui/Screen';
import { words } from '../../words/console';
import { OwnDevice } from './OwnDevice';

export function NoPages({ desk, role }: { readonly desk: StaffDesk; readonly role: Role }) {
  const text = words.desk.noPages;
  return (
    <main class="main main--gate">
      <Screen name="no-pages" title={text.title}>
        <p class="lead">{text.lead(words.roles[role])}</p>
        <OwnDevice desk={desk} />
      </Screen>
    </main>
  );
}
