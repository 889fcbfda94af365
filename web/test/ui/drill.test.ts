import { describe, expect, it } from 'vitest';
import type { StaffView } from '../../src/call/api';
import { DrillTab, ticketOf } from '../../src/caller/drill';
import { screenOf } from '../../src/caller/screen';
import { commandOf, linkOf } from '../../src/console/drill/Callers';
import { overOf, Practice, practise } from '../../src/console/drill/practice';
import { pagesOf } from '../../src/console/pages';
import { titleOf } from '../../src/console/title';
import type { StaffState } from '../../src/proto';
import { callerView } from './view';

const TICKET = 'Zm9yIHRlc3RzIG9ubHk';

/** A tab's session storage that can be looked into. */
function storage() {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (item: string) => kept.get(item) ?? null,
    setItem: (item: string, value: string) => void kept.set(item, value),
    removeItem: (item: string) => void kept.delete(item),
  };
}
const forbidden = {
  getItem: () => {
    throw new DOMException('no', 'SecurityError');
  },
  setItem: () => {
    throw new DOMException('no', 'SecurityError');
  },
  removeItem: () => {
    throw new DOMException('no', 'SecurityError');
  },
};
const addressOf = (hash: string) => ({ hash, pathname: '/', search: '' });
function history() {
  const shown: unknown[] = [];
  return { shown, replaceState: (_: unknown, __: string, url?: unknown) => void shown.push(url) };
}

describe('a link of a drill', () => {
  it('carries its ticket after #', () => {
    expect(ticketOf(new URL(linkOf('https://line.example', TICKET)).hash)).toBe(TICKET);
    expect(ticketOf('')).toBeUndefined();
    expect(ticketOf('#other=1')).toBeUndefined();
  });
  it('that cannot be read is a drill’s all the same, and never the line', () => {
    for (const hash of ['#drill=', '#drill=a b', '#drill=a.', `#drill=${'a'.repeat(65)}`]) {
      expect(ticketOf(hash)).toBe('');
    }
  });
  it('is taken out of the address at once, and its ticket kept in the tab', () => {
    const [kept, past] = [storage(), history()];
    expect(new DrillTab(kept).take(addressOf(`#drill=${TICKET}`), past)).toBe(true);
    expect(past.shown).toEqual(['/']);
    expect(new DrillTab(kept).ticket).toBe(TICKET);
  });
  it('is not looked for where there is none', () => {
    const past = history();
    const tab = new DrillTab(storage());
    expect(tab.take(addressOf('#top'), past)).toBe(false);
    expect(past.shown).toEqual([]);
    expect(tab.ticket).toBeUndefined();
  });
  it('takes nobody out of a call: it is only taken out of the address', () => {
    const past = history();
    const tab = new DrillTab(storage());
    expect(tab.take(addressOf(`#drill=${TICKET}`), past, false)).toBe(true);
    expect(past.shown).toEqual(['/']);
    expect(tab.ticket).toBeUndefined();
  });
});

describe('the way out of a drill', () => {
  it('forgets the ticket and the drill’s call, and nothing of the line', () => {
    const kept = storage();
    const tab = new DrillTab(kept);
    tab.take(addressOf(`#drill=${TICKET}`), history());
    for (const item of ['call', 'call-notes', 'drill-call', 'drill-call-notes']) kept.setItem(item, '{}');
    tab.forget();
    expect([...kept.kept.keys()]).toEqual(['call', 'call-notes']);
    expect(tab.ticket).toBeUndefined();
  });
  it('works where the browser forbids storage', () => {
    for (const tab of [new DrillTab(forbidden), new DrillTab(undefined)]) {
      tab.take(addressOf(`#drill=${TICKET}`), history());
      expect(tab.ticket).toBe(TICKET);
      tab.forget();
      expect(tab.ticket).toBeUndefined();
    }
  });
});

describe('the caller’s page of a drill that is over, or may be none', () => {
  const calm = { joining: false, left: false, offered: false, coding: false };
  it('says so before anything else', () => {
    for (const trouble of ['no-drill', 'drill-unsure'] as const) {
      for (const local of [calm, { ...calm, left: true }, { ...calm, joining: true }]) {
        const ended = callerView({ trouble, state: { phase: 'ended', by: 'counsellor' } });
        expect(screenOf(ended, local)).toEqual({ kind: 'trouble', trouble });
      }
    }
  });
});

describe('the window’s title', () => {
  it('begins with DRILL in one, whatever page it is', () => {
    expect(titleOf('On a call – Desk', true)).toBe('DRILL – On a call – Desk');
    expect(titleOf('On a call – Desk', false)).toBe('On a call – Desk');
  });
});

describe('the command for synthetic callers', () => {
  it('holds no ticket', () => {
    expect(commandOf('https://line.example')).toBe('quietline drill --server https://line.example --callers 3');
  });
});

describe('the page of drills', () => {
  it('is for those who take part in calls', () => {
    const roles = ['counsellor', 'clinician', 'supervisor', 'coordinator', 'commissioner', 'administrator'] as const;
    const has = roles.filter((role) => pagesOf(role).some(({ id }) => id === 'drill'));
    expect(has).toEqual(['counsellor', 'clinician', 'supervisor']);
  });
});

describe('a tab that practises', () => {
  /** A desk, and what it becomes when it is told to be unavailable. */
  function deskIn(state: StaffState, then: StaffState | 'lost' = { phase: 'unavailable' }) {
    const asked: boolean[] = [];
    const desk = {
      asked,
      view: { state } as StaffView,
      setAvailable: async (available: boolean) => {
        asked.push(available);
        if (then === 'lost') throw new Error('lost');
        desk.view = { ...desk.view, state: then };
      },
    };
    return desk;
  }
  const here = () => false;

  it('is out of the line before it is in the drill', async () => {
    const practice = new Practice(storage());
    const desk = deskIn({ phase: 'available' });
    expect(await practise(desk, practice, here)).toBeUndefined();
    expect(desk.asked).toEqual([false]);
    expect(practice.view).toEqual({ on: true, over: undefined });
  });

  it.each<StaffState>([
    { phase: 'on_call', call: { id: 'c', slot: 1, participants: [] } },
    { phase: 'wrap_up', call: 'c', ended_by: 'caller' },
  ])('was not taken from a caller: %j', async (state) => {
    const practice = new Practice(storage());
    const desk = deskIn(state);
    expect(await practise(desk, practice, here)).toBe('refused');
    expect(desk.asked).toEqual([]);
    // Nor from one who came meanwhile.
    expect(await practise(deskIn({ phase: 'available' }, state), practice, here)).toBe('refused');
    expect(practice.view.on).toBe(false);
  });

  it('stays on the line when the line could not be told, or its person has turned to something else', async () => {
    const practice = new Practice(storage());
    expect(await practise(deskIn({ phase: 'available' }, 'lost'), practice, here)).toBe('failed');
    expect(await practise(deskIn({ phase: 'available' }), practice, () => true)).toBeUndefined();
    expect(practice.view.on).toBe(false);
  });

  it('stays in the drill over a reload, until it goes back', () => {
    const kept = storage();
    new Practice(kept).begin();
    const practice = new Practice(kept);
    expect(practice.view.on).toBe(true);
    practice.end();
    expect(practice.view).toEqual({ on: false, over: undefined });
    expect(new Practice(kept).view.on).toBe(false);
    expect(kept.kept.size).toBe(0);
  });

  it('says why it came back by itself, until that is read', () => {
    const practice = new Practice(storage());
    const shown: unknown[] = [];
    practice.begin();
    practice.subscribe(() => shown.push(practice.view));
    practice.end(overOf('no-drill'));
    practice.read();
    expect(shown).toEqual([
      { on: false, over: 'no-drill' },
      { on: false, over: undefined },
    ]);
  });

  it('says nothing of a drill to a tab that was in none', () => {
    const practice = new Practice(storage());
    practice.end('no-drill');
    expect(practice.view.over).toBeUndefined();
    expect(overOf('taken-over')).toBeUndefined();
  });

  it('works where the browser forbids storage', () => {
    const practice = new Practice(forbidden);
    practice.begin();
    expect(practice.view.on).toBe(true);
    practice.end();
    expect(practice.view.on).toBe(false);
  });
});
