/**
 * Keeps one working media leg: opens it, watches it, and when it falls silent opens another beside it and moves over once that
 * one is up (make before break). A second connection rather than an ICE restart: it works the same in every browser, for a
 * changed network and for a relay that came back without memory.
 */
import type { Link } from './api';
import { retryDelay } from './backoff';
import type { Chance, Clock } from './clock';
import type { LegState } from './leg';
import { judge, type Sample, unwatched, type Watch } from './watchdog';

/** The part of MediaLeg that is used here. */
export interface AnyLeg {
  readonly state: LegState;
  readonly tracks: readonly MediaStreamTrack[];
  open(): Promise<void>;
  send(track: MediaStreamTrack | null): Promise<void>;
  sample(at: number): Promise<Sample>;
  close(): void;
}

export interface MediaOptions {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly makeLeg: (changed: () => void) => AnyLeg;
  /** The far end's audio is put in here. */
  readonly audio: Pick<MediaStream, 'addTrack' | 'removeTrack' | 'getTracks'>;
  readonly changed: (link: Link) => void;
  /** Neither UDP nor TCP has reached the relay for 15 s; it goes on trying. */
  readonly unreachable: () => void;
}

const UNREACHABLE_MS = 15_000;
/** A leg that has not come up by then is given up and tried anew. */
const ATTEMPT_MS = 8_000;
const WATCH_MS = 500;
/** How long a leg may bring nothing when signalling is back: some frames, and what a busy page is late by. */
const WAKE_MS = 300;

export class Media {
  private inUse: AnyLeg | undefined;
  private coming: AnyLeg | undefined;
  private watch: Watch = unwatched;
  private track: MediaStreamTrack | null = null;
  private silent = false;
  private attempt = 0;
  private everUp = false;
  private closed = false;
  private cancelRetry = () => {};
  private cancelAttempt = () => {};
  private cancelWatch = () => {};
  private cancelProbe = () => {};
  private readonly cancelUnreachable: () => void;

  constructor(private readonly options: MediaOptions) {
    this.cancelUnreachable = options.clock.after(UNREACHABLE_MS, () => {
      if (!this.everUp) options.unreachable();
    });
    this.open();
  }

  /** Sends this track from now on, over whichever leg is in use. */
  async send(track: MediaStreamTrack | null): Promise<void> {
    this.track = track;
    await this.inUse?.send(track);
  }

  /** Whether what comes is played; also by legs to come. */
  silence(silent: boolean): void {
    this.silent = silent;
    for (const leg of [this.inUse, this.coming]) if (leg) this.hush(leg);
  }

  /** The network may have changed: opens a fresh leg at once, keeping the present one until that is up. */
  refresh(): void {
    if (this.closed || this.coming) return;
    this.cancelRetry();
    this.open();
  }

  /**
   * Signalling is back: after a restart the relay knows no leg any more, though it goes on answering checks. What was refused
   * meanwhile is tried at once, and a leg that brings nothing now is replaced without the patience of the watchdog.
   */
  wake(): void {
    if (this.closed || this.coming) return;
    if (this.inUse) void this.probe(this.inUse);
    else this.refresh();
  }

  close(): void {
    this.closed = true;
    this.cancelRetry();
    this.cancelAttempt();
    this.cancelProbe();
    this.cancelWatch();
    this.cancelUnreachable();
    this.coming?.close();
    this.inUse?.close();
    for (const track of this.options.audio.getTracks()) this.options.audio.removeTrack(track);
  }

  private open(): void {
    if (this.closed) return;
    const leg = this.options.makeLeg(() => this.legChanged(leg));
    this.coming = leg;
    this.hush(leg);
    // Until the first leg is up its tracks are shown already: an element that plays them loses no first word.
    if (!this.inUse) this.show(leg);
    this.cancelAttempt();
    this.cancelAttempt = this.options.clock.after(ATTEMPT_MS, () => this.giveUp(leg));
    leg.open().catch(() => this.giveUp(leg));
  }

  private giveUp(leg: AnyLeg): void {
    if (this.coming !== leg) return;
    this.coming = undefined;
    this.cancelAttempt();
    leg.close();
    this.again();
  }

  private again(): void {
    const { clock, chance } = this.options;
    this.cancelRetry();
    this.cancelRetry = clock.after(retryDelay(++this.attempt, chance), () => {
      if (!this.coming) this.open();
    });
  }

  private legChanged(leg: AnyLeg): void {
    if (this.closed) return;
    if (leg === this.coming) {
      if (leg.state === 'up') this.moveTo(leg);
      else if (leg.state === 'broken') this.giveUp(leg);
    } else if (leg === this.inUse && leg.state === 'broken') {
      this.options.changed('lost');
      this.refresh();
    } else if (leg === this.inUse && leg.state === 'up') {
      this.options.changed('up');
    }
  }

  private moveTo(leg: AnyLeg): void {
    const old = this.inUse;
    this.coming = undefined;
    this.inUse = leg;
    this.everUp = true;
    this.watch = unwatched;
    this.cancelAttempt();
    this.cancelUnreachable();
    if (old) this.show(leg);
    void old?.send(null).catch(() => {});
    old?.close();
    void leg.send(this.track).catch(() => this.options.changed('lost'));
    this.options.changed('up');
    this.watchOn();
  }

  private show(leg: AnyLeg): void {
    const { audio } = this.options;
    for (const track of audio.getTracks()) audio.removeTrack(track);
    for (const track of leg.tracks) audio.addTrack(track);
  }

  private hush(leg: AnyLeg): void {
    for (const track of leg.tracks) track.enabled = !this.silent;
  }

  private async probe(leg: AnyLeg): Promise<void> {
    const { clock } = this.options;
    const sample = () => leg.sample(clock.now()).catch(() => undefined);
    const before = await sample();
    this.cancelProbe();
    this.cancelProbe = clock.after(WAKE_MS, async () => {
      const after = await sample();
      if (leg === this.inUse && after?.packets === before?.packets) this.refresh();
    });
  }

  private watchOn(): void {
    this.cancelWatch();
    this.cancelWatch = this.options.clock.after(WATCH_MS, () => void this.look());
  }

  private async look(): Promise<void> {
    const leg = this.inUse;
    if (!leg || this.closed) return;
    const sample = await leg.sample(this.options.clock.now()).catch(() => undefined);
    if (this.closed || leg !== this.inUse) return;
    if (sample) this.take(sample);
    this.watchOn();
  }

  private take(sample: Sample): void {
    const { watch, silent } = judge(this.watch, sample);
    const heard = sample.packets > (this.watch.last?.packets ?? sample.packets);
    this.watch = watch;
    if (heard) this.attempt = 0;
    if (!silent || this.coming) return;
    // A fresh leg that is silent too means that the far end is silent: each further one waits longer.
    if (this.attempt === 0) {
      this.attempt = 1;
      this.refresh();
    } else if (this.attempt > 0) {
      this.watch = { ...unwatched, last: sample, heardAt: sample.at, askedThen: sample.asked };
      this.again();
    }
  }
}
