/** A media leg that also tells how it sounds. The console's legs; a caller's page does without. */
import { type LegOptions, MediaLeg } from './leg';
import { type Counters, countersOf } from './quality';
import type { Sample } from './watchdog';

export class CountedLeg extends MediaLeg {
  constructor(
    options: LegOptions,
    private readonly counted: ((counters: Counters) => void) | undefined,
  ) {
    super(options);
  }

  /** Whenever the watchdog looks, which it does only at the leg in use. */
  override async sample(at: number): Promise<Sample> {
    const sample = await super.sample(at);
    this.counted?.(countersOf((await this.connection.getStats()).values(), at));
    return sample;
  }
}
