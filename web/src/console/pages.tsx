/** The pages of the console beside the desk, and whose they are. A page of a new subject is one more row here. */
import type { ComponentType } from 'preact';
import type { StaffDesk, StaffView } from '../call/api';
import type { Role, StaffState } from '../proto';
import { words } from '../words/console';
import { Drill } from './drill/Drill';
import { Figures } from './figures/Figures';
import { FollowUps } from './follow-ups/FollowUps';
import { Office } from './office/Office';
import { Rota } from './rota/Rota';
import { Directory } from './services/Directory';
import { Triage } from './triage/Triage';
import { Wallboard } from './wallboard/Wallboard';

export interface PageProps {
  readonly desk: StaffDesk;
  readonly view: StaffView;
}

interface Page {
  /** What it is called in the words and in the page's own marks. */
  readonly id: PageId;
  readonly roles: readonly Role[];
  readonly Page: ComponentType<PageProps>;
}

export type PageId = keyof typeof words.desk.pages.names;

const PAGES: readonly Page[] = [
  { id: 'follow_ups', roles: ['counsellor', 'clinician', 'supervisor'], Page: FollowUps },
  { id: 'wallboard', roles: ['supervisor'], Page: Wallboard },
  { id: 'rota', roles: ['counsellor', 'clinician', 'supervisor'], Page: Rota },
  { id: 'figures', roles: ['supervisor', 'commissioner'], Page: Figures },
  { id: 'drill', roles: ['counsellor', 'clinician', 'supervisor'], Page: Drill },
  { id: 'office', roles: ['administrator'], Page: Office },
  { id: 'triage', roles: ['coordinator', 'supervisor'], Page: Triage },
  {
    id: 'directory',
    roles: ['counsellor', 'clinician', 'supervisor', 'coordinator', 'administrator'],
    Page: Directory,
  },
];

/** Whoever takes part in calls has a desk, which comes before all other pages. */
export function hasDesk(role: Role): boolean {
  return role === 'counsellor' || role === 'clinician' || role === 'supervisor';
}

export function pagesOf(role: Role): readonly Page[] {
  return PAGES.filter((page) => page.roles.includes(role));
}

/** What rings and who is talked with is at the desk, and no other page is in its way. */
export function keepsToDesk(state: StaffState | undefined): boolean {
  switch (state?.phase) {
    case 'ringing':
    case 'invited':
    case 'on_call':
    case 'consulted':
    case 'wrap_up':
      return true;
    default:
      return false;
  }
}

interface NavProps {
  readonly pages: readonly PageId[];
  readonly current: PageId;
  readonly onChoose: (page: PageId) => void;
}

export function Nav({ pages, current, onChoose }: NavProps) {
  const text = words.desk.pages;
  return (
    <nav class="pages" aria-label={text.title}>
      {pages.map((id) => (
        <button
          key={id}
          type="button"
          class="pages__page"
          aria-current={id === current ? 'page' : undefined}
          data-page={id}
          onClick={() => onChoose(id)}
        >
          {text.names[id]}
        </button>
      ))}
    </nav>
  );
}
