/**
 * One call as either side lives it: frame encryption, media leg and MLS group, tied together by one rule. The microphone's
 * track goes to the leg only when the call is answered and the worker has confirmed its key.
 */
import type { Epoch, FrameCrypto, Member, Refusal, SafetyWords } from '../e2ee/api';
import type { Leg, LegRequest, LogEntry, MlsMessage, Participant } from '../proto';
import type { Link, Trouble } from './api';
import { CallGroup } from './group';
import { mark } from './marks';
import { Media } from './media';
import { slotOfLeaf } from './seats';
import type { Surroundings } from './surroundings';

/** What of a session the page shows. */
export interface SessionView {
  readonly media: Link;
  readonly members: Epoch['members'];
  readonly words: readonly string[] | undefined;
  readonly hearing: boolean;
}

export const noSession: SessionView = { media: 'connecting', members: [], words: undefined, hearing: false };

export interface SessionOptions {
  readonly slot: number;
  readonly around: Pick<Surroundings, 'clock' | 'chance' | 'newLeg'>;
  readonly frames: FrameCrypto;
  readonly audio: MediaStream;
  readonly newMember: () => Promise<Member>;
  readonly newWords: (epoch: Epoch, authenticator: Uint8Array) => Promise<SafetyWords>;
  readonly askLeg: (request: LegRequest) => Promise<Leg>;
  readonly sendMls: (message: MlsMessage) => Promise<void>;
  readonly publish: (keyPackage: string) => Promise<void>;
  readonly changed: (view: SessionView) => void;
  readonly trouble: (trouble: Trouble, refusal?: string) => void;
}

export class CallSession {
  readonly group: CallGroup;
  private media: Media | undefined;
  private view: SessionView = noSession;
  private participants: readonly Participant[] = [];
  private keyed = false;
  private answered = false;
  private track: MediaStreamTrack | undefined;
  private closed = false;

  constructor(private readonly options: SessionOptions) {
    const { slot, newMember, newWords, frames } = options;
    this.group = new CallGroup({
      slot,
      newMember,
      newWords,
      send: options.sendMls,
      publish: options.publish,
      install: (epoch) => this.install(epoch),
      changed: () => this.show(),
      refused: (refusal: Refusal) => options.trouble('server-misbehaved', refusal.code),
    });
    frames.onFirstFrame = (_slot, epoch) => this.firstFrame(epoch);
    frames.onFailure = () => options.trouble('internal');
  }

  /** Connects the media leg: done long before anyone answers. */
  openMedia(): void {
    if (this.media || this.closed) return;
    const { around, audio, slot, frames, askLeg, trouble } = this.options;
    this.media = new Media({
      clock: around.clock,
      chance: around.chance,
      audio,
      makeLeg: (changed) => around.newLeg({ slot, frames, ask: askLeg, changed }),
      changed: (media) => {
        if (media === 'up') mark('leg-up');
        this.view = { ...this.view, media };
        this.options.changed(this.view);
      },
      unreachable: () => trouble('media-unreachable'),
    });
    void this.feed();
  }

  /** The call is answered: from now on the microphone may be heard. */
  async answer(): Promise<void> {
    this.answered = true;
    await this.feed();
  }

  async setTrack(track: MediaStreamTrack | undefined): Promise<void> {
    this.track = track;
    await this.feed();
  }

  seat(participants: readonly Participant[]): void {
    this.participants = participants;
    this.group.seat(participants);
  }

  receive(entry: LogEntry): void {
    this.group.receive(entry);
  }

  /** The network may have changed. */
  networkChanged(): void {
    this.media?.refresh();
  }

  close(): void {
    this.closed = true;
    this.group.close();
    this.media?.close();
    this.options.frames.onFirstFrame = undefined;
    this.options.frames.onFailure = undefined;
    this.options.frames.close();
  }

  private async install(epoch: Epoch): Promise<void> {
    const { frames, slot } = this.options;
    const me = epoch.members.find((member) => member.me);
    if (!me) throw new RangeError('this page is not in its own group');
    this.view = { ...this.view, hearing: false };
    await frames.setEpoch(epoch.epoch, epoch.baseKey, me.leaf, slotOfLeaf(epoch.members, this.participants, slot));
    this.keyed = true;
    mark('keys-installed');
    this.show();
    await this.feed();
  }

  private async feed(): Promise<void> {
    const track = this.keyed && this.answered ? this.track : undefined;
    await this.media?.send(track ?? null);
  }

  private firstFrame(epoch: bigint): void {
    mark('first-frame');
    if (epoch !== this.group.epoch?.epoch) return;
    this.view = { ...this.view, hearing: true };
    this.options.changed(this.view);
  }

  private show(): void {
    this.view = { ...this.view, members: this.group.epoch?.members ?? [], words: this.group.words };
    this.options.changed(this.view);
  }
}
