/**
 * The frame loop: virtual time flows here. Each frame the virtual clock moves on by
 * speed × the wall time that passed, and whatever has fallen due by then happens, in
 * order. Rust has no wall clock.
 *
 * Where a person can follow single events, in slow motion and step by step, JavaScript makes
 * every tick and every delivery happen. Otherwise one call lets a bunch of them happen: three
 * calls for each event would take as long as the events.
 */
import { Due, type Notice, type SeekProgress, type SeekRequest } from "../../../pkg/raftarium.js";
import { FIRST_SPEED, isSlowMotion } from "../speed.js";
import { EVENTS_BETWEEN_NOTICES, type RunningWorld } from "./running-world.js";

/** A frame spends at most this long on events; what is left slips to the next one. */
const BUDGET_MS = 10;
/** A tab that was asleep does not catch up: no frame counts for longer than this. */
const FRAME_MS_MAX = 100;

export interface FrameSink {
  /** Draw: the world is at `nowUs`, and `notices` happened since the last frame. */
  frame(nowUs: number, notices: Notice[]): void;
  /** The world is on its way to another moment, or is there: what was told of it may not hold. */
  moved(progress: SeekProgress): void;
  /** A frame could not be made, for whatever reason. The loop has paused. */
  fault(error: unknown): void;
}

export class FrameLoop {
  readonly #run: RunningWorld;
  readonly #sink: FrameSink;
  #notices: Notice[] = [];
  /** The virtual clock. It has fractions: a slow frame is less than a microsecond long. */
  #clockUs: number;
  #lastMs: number | undefined;
  #request = 0;
  #later: ReturnType<typeof setTimeout> | undefined;
  #playing = false;
  #visible = false;
  #slipping = false;
  /** Whether the world is on its way to another moment. */
  #seeking = false;
  /** Virtual time per wall time. */
  speed = FIRST_SPEED;

  constructor(run: RunningWorld, sink: FrameSink) {
    this.#run = run;
    this.#sink = sink;
    this.#clockUs = this.#nowUs();
  }

  get playing(): boolean {
    return this.#playing;
  }

  set playing(playing: boolean) {
    this.#playing = playing;
    this.#lastMs = undefined;
    this.redraw();
  }

  /** Out of sight nothing moves and nothing is drawn. */
  set visible(visible: boolean) {
    this.#visible = visible;
    this.#lastMs = undefined;
    if (visible) {
      this.redraw();
    } else {
      this.#cancel();
    }
  }

  /** Whether the machine is too slow for the speed that was asked for. */
  get slipping(): boolean {
    return this.#playing && this.#slipping;
  }

  /** The next event, whatever it is, happens now. */
  step(): Due {
    const { core } = this.#run;
    this.#seeking = false;
    const dueUs = this.#run.enter(() => core.dueAt());
    const due = dueUs === undefined ? Due.None : this.#run.enter(() => this.#proceed(dueUs));
    if (dueUs !== undefined && due !== Due.None) {
      this.#clockUs = dueUs;
    }
    this.redraw();
    return due;
  }

  /** The world was changed from outside: its clock is read again, and it is drawn. */
  resync(): void {
    this.#seeking = false;
    this.#clockUs = this.#nowUs();
    this.#notices = [];
    this.redraw();
  }

  /** A file or a link may begin on its way to a moment: goes on with that. */
  begin(): void {
    const progress = this.#run.timeline.seekOn();
    if (!progress.done || progress.replayed > 0) {
      this.#arrive(progress);
    }
  }

  /** Begins to go to another moment; each frame goes on, and shows how far it came. */
  seek(request: SeekRequest): void {
    const { timeline } = this.#run;
    const begun = timeline.seek(request);
    // Most moments are reached before the next frame: none is spent on the way to them.
    this.#arrive(begun.done ? begun : timeline.seekOn());
  }

  /** Stays where it has come to. */
  cancelSeek(): void {
    if (this.#seeking) {
      this.#run.timeline.cancelSeek();
      const now = { events: this.#run.enter(() => this.#run.core.events), at_us: this.#nowUs() };
      this.#arrive({ done: true, found: true, now, replayed: 0, left: 0 });
    }
  }

  /** Asks for a frame soon, even while paused. */
  redraw(): void {
    this.#schedule();
  }

  /** Asks for a frame by then, even while paused. */
  redrawIn(ms: number): void {
    this.#later ??= setTimeout(() => {
      this.#later = undefined;
      this.redraw();
    }, ms);
  }

  /** The loop can't be used after this. */
  stop(): void {
    clearTimeout(this.#later);
    this.#playing = false;
    this.#visible = false;
    this.#cancel();
  }

  #nowUs(): number {
    return this.#run.enter(() => this.#run.core.nowUs);
  }

  #schedule(): void {
    if (this.#request === 0 && this.#visible) {
      this.#request = requestAnimationFrame((nowMs) => {
        this.#request = 0;
        this.#frame(nowMs);
      });
    }
  }

  #cancel(): void {
    cancelAnimationFrame(this.#request);
    this.#request = 0;
  }

  #frame(nowMs: number): void {
    try {
      if (this.#seeking) {
        this.#lastMs = undefined;
        this.#arrive(this.#run.timeline.seekOn());
      } else if (this.#playing) {
        const elapsedMs = Math.min(nowMs - (this.#lastMs ?? nowMs), FRAME_MS_MAX);
        this.#lastMs = nowMs;
        this.#run.enter(() => this.#runTo(this.#clockUs + elapsedMs * 1000 * this.speed));
      }
      this.#notices.push(...this.#run.takeNotices());
      const notices = this.#notices;
      this.#notices = [];
      this.#sink.frame(this.#clockUs, notices);
    } catch (error) {
      this.#playing = false;
      this.#sink.fault(error);
      return;
    }
    if (this.#playing || this.#seeking) {
      this.#schedule();
    }
  }

  /** The world shows another moment, on its way or at its end. */
  #arrive(progress: SeekProgress): void {
    this.#seeking = !progress.done;
    this.#clockUs = progress.now.at_us;
    this.#notices = [];
    this.#sink.moved(progress);
    this.redraw();
  }

  /** Everything that falls due up to `untilUs` happens, as far as the budget goes. */
  #runTo(untilUs: number): void {
    const { core } = this.#run;
    const until = Math.floor(untilUs);
    const deadlineMs = performance.now() + BUDGET_MS;
    const proceed = isSlowMotion(this.speed) ? this.#proceedSingly : this.#proceedAtOnce;
    while (proceed(until, EVENTS_BETWEEN_NOTICES) === EVENTS_BETWEEN_NOTICES) {
      this.#notices.push(...this.#run.takeNotices());
      if (performance.now() > deadlineMs) {
        this.#clockUs = Math.min(untilUs, core.dueAt() ?? untilUs);
        this.#slipping = true;
        return;
      }
    }
    core.advance(until);
    this.#clockUs = untilUs;
    this.#slipping = false;
  }

  /** At most that many of the events that are due by `untilUs` happen. Returns how many did. */
  readonly #proceedAtOnce = (untilUs: number, mostEvents: number): number =>
    this.#run.core.proceedUntil(untilUs, mostEvents);

  /** The same, with every tick and every delivery made to happen by itself. */
  readonly #proceedSingly = (untilUs: number, mostEvents: number): number => {
    let events = 0;
    while (events < mostEvents && this.#proceed(untilUs) !== Due.None) {
      events += 1;
    }
    return events;
  };

  /** The next event happens, if one is due by `untilUs`. */
  #proceed(untilUs: number): Due {
    const { core } = this.#run;
    const due = core.nextDue(untilUs);
    switch (due) {
      case Due.Tick:
        core.tick(core.dueSubject() ?? 0);
        break;
      case Due.Delivery:
        core.deliver(core.dueSubject() ?? 0);
        break;
      case Due.Other:
        core.proceed();
        break;
      case Due.None:
        break;
    }
    return due;
  }
}
