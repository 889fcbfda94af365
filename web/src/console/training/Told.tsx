/** What one is told of oneself between calls: that training ends or has ended, and that there was little time to breathe. */
import { Notice } from '../../ui/Notice';
import { words } from '../../words/console';
import { type Mine, MUCH, WARNED_DAYS } from './mine';

export function Told({ mine }: { readonly mine: Mine | undefined }) {
  const text = words.desk.mine;
  if (!mine) return null;
  const { training, occupancy } = mine;
  return (
    <>
      {training !== null && training.days_left <= WARNED_DAYS && (
        <Notice>
          <p data-training-left={training.days_left}>
            {training.days_left < 0
              ? text.training.over(training.until)
              : text.training.soon(training.until, training.days_left)}
          </p>
        </Notice>
      )}
      {occupancy !== null && occupancy > MUCH && (
        <Notice>
          <p data-occupancy={occupancy}>{text.occupancy(occupancy)}</p>
        </Notice>
      )}
    </>
  );
}
