/**
 * On which line this tab's desk is: the line itself, or a drill beside it. One desk at a time: a switch opens another one, and
 * nothing of the one before is left. Kept in the tab's session storage, so that a reload stays where it was.
 */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { TabStorage } from '../../call/apart';
import type { StaffDesk, Trouble } from '../../call/api';
import { Observable } from '../../call/view';
import type { StaffState } from '../../proto';

const ITEM = 'practises';

/** Why a tab came out of a drill by itself. */
export type Over = Extract<Trouble, 'no-drill' | 'drill-unsure'>;

export interface PracticeView {
  readonly on: boolean;
  readonly over: Over | undefined;
}

export class Practice {
  private readonly shown: Observable<PracticeView>;

  constructor(private readonly storage: TabStorage | undefined) {
    this.shown = new Observable<PracticeView>({ on: this.kept(), over: undefined });
  }

  get view(): PracticeView {
    return this.shown.value;
  }

  subscribe(listener: () => void): () => void {
    return this.shown.subscribe(listener);
  }

  /** To the drill. The desk must be out of the line before. */
  begin(): void {
    this.keep(true);
    this.shown.set({ on: true, over: undefined });
  }

  /** Back to the line: by choice, or because the drill has let this desk go. */
  end(over?: Over): void {
    this.keep(false);
    if (this.view.on) this.shown.set({ on: false, over });
  }

  /** What was said of the return has been read. */
  read(): void {
    this.shown.set({ over: undefined });
  }

  private kept(): boolean {
    try {
      return this.storage?.getItem(ITEM) === 'yes';
    } catch {
      return false;
    }
  }

  private keep(on: boolean): void {
    try {
      if (on) this.storage?.setItem(ITEM, 'yes');
      else this.storage?.removeItem(ITEM);
    } catch {
      // A reload is on the line then.
    }
  }
}

/** Why a desk comes out of the drill by itself, if its trouble is such a reason. */
export function overOf(trouble: Trouble | undefined): Over | undefined {
  return trouble === 'no-drill' || trouble === 'drill-unsure' ? trouble : undefined;
}

/** Whether a desk may go from one line to the other: nobody is rung for, talked with or wrapped up. */
export function free(state: StaffState | undefined): boolean {
  switch (state?.phase) {
    case 'available':
    case 'unavailable':
    case 'paused':
      return true;
    default:
      return false;
  }
}

/**
 * Takes a desk out of the line, and then to the drill: nobody is to ring at a desk that has gone. Says why it did not, if it did not;
 * nothing is done for somebody who has turned to something else meanwhile.
 */
export async function practise(
  desk: Pick<StaffDesk, 'view' | 'setAvailable'>,
  practice: Pick<Practice, 'begin'>,
  gone: () => boolean,
): Promise<'refused' | 'failed' | undefined> {
  if (!free(desk.view.state)) return 'refused';
  try {
    await desk.setAvailable(false);
  } catch {
    return 'failed';
  }
  if (gone()) return undefined;
  if (!free(desk.view.state)) return 'refused';
  practice.begin();
  return undefined;
}

export const PracticeContext = createContext<Practice>(new Practice(undefined));

export const usePractice = (): Practice => useContext(PracticeContext);
