/** Who is here, what each does and since when. Never with whom. */
import type { Board, Doing } from '../../proto';
import { words } from '../../words/console';
import { MUCH } from '../training/mine';

interface Props {
  readonly board: Board;
  /** Seconds since the board was told. */
  readonly told: number;
  /** A screen that others than supervisors see: nothing is said there of how much anybody worked. */
  readonly far: boolean;
}

/** In this order: those who are with callers or can be, then those who rest. */
const ORDER: readonly Doing[] = [
  'ringing',
  'on_call',
  'wrap_up',
  'available',
  'follow_up',
  'debrief',
  'break',
  'unavailable',
];

export function People({ board, told, far }: Props) {
  const text = words.desk.wallboard;
  const groups = ORDER.map((doing) => ({ doing, people: board.people.filter((one) => one.doing === doing) }));
  return (
    <section aria-labelledby="people">
      <h2 class="subheading" id="people">
        {text.people}
      </h2>
      {board.people.length === 0 && <p>{text.noStaff}</p>}
      <div class="wallboard__people">
        {groups
          .filter(({ people }) => people.length > 0)
          .map(({ doing, people }) => (
            <section key={doing} class="panel" data-doing={doing}>
              <h3 class="panel__title">
                {text.doing[doing]} <span class="wallboard__count">{people.length}</span>
              </h3>
              <ul class="wallboard__names">
                {people.map((one, index) => (
                  <li key={`${one.name} ${index}`} data-connected={one.connected}>
                    <span>
                      <strong>{one.name}</strong>
                      {!far && one.occupancy !== null && one.occupancy > MUCH && (
                        <span class="wallboard__much" data-occupancy={one.occupancy}>
                          {text.occupancy(one.occupancy)}
                        </span>
                      )}
                      {one.role !== 'counsellor' && <span class="person__role"> {words.roles[one.role]}</span>}
                    </span>
                    <span class="wallboard__since">
                      {one.connected ? text.since(since(board, one.since, told)) : text.disconnected}
                    </span>
                  </li>
                ))}
              </ul>
            </section>
          ))}
      </div>
    </section>
  );
}

/** Seconds since then, by the server's clock and the time that has passed here since it was told. */
export function since(board: Board, at: number, told: number): number {
  return Math.max(0, Math.floor((board.now - at) / 1000)) + told;
}
