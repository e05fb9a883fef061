/**
 * The messages of one frame, placed: the core's plain numbers, with the place of each now. All
 * arrays are kept from frame to frame.
 */
import { MessageField } from "../../../../pkg/raftarium.js";
import type { Disc, Layout } from "../layout.js";
import { type Spot, spotOnTrack } from "./tracks.js";

const {
  Id: ID,
  From: FROM,
  To: TO,
  Kind: KIND,
  Term: TERM,
  Entries: ENTRIES,
  SentUs: SENT_US,
  ArriveUs: ARRIVE_US,
  LostUs: LOST_US,
  HeldUs: HELD_US,
  Duplicate: DUPLICATE,
  Stride: STRIDE,
} = MessageField;

/** Room on the canvas for this many messages; a world holds more only in trouble. */
const SHOWN_MAX = 4096;
/** More than the ends of links that a world can have: 51 replicas and 65 clients. */
const ENDS = 128;
/**
 * From so many messages on, those of a kind that are near one another on a link, or have just set
 * out from the same end, are drawn as one.
 */
const HEAPED = 60;
/** How near, in radii. */
const HEAP_REACH = 7;
/** In place of a receiver: whatever has just set out. */
const SET_OUT = ENDS - 1;
/** Messages side by side at one place: then they start to cover each other again. */
const LANES = 4;

export class Flight {
  count = 0;
  readonly id = new Float64Array(SHOWN_MAX);
  readonly kind = new Uint8Array(SHOWN_MAX);
  readonly term = new Float64Array(SHOWN_MAX);
  readonly entries = new Uint32Array(SHOWN_MAX);
  readonly x = new Float32Array(SHOWN_MAX);
  readonly y = new Float32Array(SHOWN_MAX);
  /** The direction of travel. */
  readonly cos = new Float32Array(SHOWN_MAX);
  readonly sin = new Float32Array(SHOWN_MAX);
  readonly held = new Uint8Array(SHOWN_MAX);
  readonly duplicate = new Uint8Array(SHOWN_MAX);
  /** For how many messages it stands. */
  readonly many = new Uint16Array(SHOWN_MAX);
  /** 0, 1 or 2: how near a message is to where it is lost. */
  readonly fade = new Uint8Array(SHOWN_MAX);

  /** The place of the last message on each link and how far aside it is, so that the next gives way. */
  readonly #along = new Float32Array(ENDS * ENDS);
  readonly #aside = new Float32Array(ENDS * ENDS);
  readonly #seen = new Uint32Array(ENDS * ENDS);
  /** The place in the arrays of the last one on each link. */
  readonly #last = new Uint16Array(ENDS * ENDS);
  #heaped = false;
  #frame = 0;
  readonly #spot: Spot = { x: 0, y: 0, cos: 1, sin: 0, along: 0 };

  /** Places the messages as they are at `nowUs`. */
  place(messages: Float64Array, nowUs: number, layout: Layout): void {
    this.#frame += 1;
    this.count = 0;
    this.#heaped = messages.length / STRIDE > HEAPED;
    for (let at = 0; at + STRIDE <= messages.length && this.count < SHOWN_MAX; at += STRIDE) {
      const from = end(layout, number(messages, at + FROM));
      const to = end(layout, number(messages, at + TO));
      if (from && to) {
        this.#placeOne(messages, at, nowUs, from, to, layout.messageRadius);
      }
    }
  }

  /** The index of a message in the arrays; minus one if it isn't there. */
  find(id: number): number {
    for (let at = 0; at < this.count; at += 1) {
      if (this.id[at] === id) {
        return at;
      }
    }
    return -1;
  }

  #placeOne(
    messages: Float64Array,
    at: number,
    nowUs: number,
    from: Disc,
    to: Disc,
    radius: number,
  ): void {
    const sentUs = number(messages, at + SENT_US);
    const lostUs = number(messages, at + LOST_US);
    const held = number(messages, at + HELD_US) >= 0;
    const share = shareOfWay(messages, at, nowUs);

    const spot = this.#spot;
    spotOnTrack(from, to, share, 0, spot);
    const left = spot.along - from.r < HEAP_REACH * radius;
    const receiver = left ? SET_OUT : endNumber(number(messages, at + TO));
    const link = endNumber(number(messages, at + FROM)) * ENDS + receiver;
    if (this.#heaped && !held && this.#joins(link, number(messages, at + KIND), spot, radius)) {
      return;
    }
    const aside = this.#giveWay(
      number(messages, at + FROM),
      number(messages, at + TO),
      spot.along,
      2.4 * radius,
    );
    if (aside > 0) {
      spotOnTrack(from, to, share, aside, spot);
    }

    const place = this.count;
    this.id[place] = number(messages, at + ID);
    this.kind[place] = number(messages, at + KIND);
    this.term[place] = number(messages, at + TERM);
    this.entries[place] = number(messages, at + ENTRIES);
    this.held[place] = held ? 1 : 0;
    this.duplicate[place] = number(messages, at + DUPLICATE);
    this.fade[place] =
      lostUs >= 0 && !held ? fading((nowUs - sentUs) / Math.max(1, lostUs - sentUs)) : 0;
    this.x[place] = spot.x;
    this.y[place] = spot.y;
    this.cos[place] = spot.cos;
    this.sin[place] = spot.sin;
    this.many[place] = 1;
    this.#last[link] = place;
    this.#seen[link] = this.#frame;
    this.#along[link] = spot.along;
    this.count += 1;
  }

  /** Whether it is told with the one before it on its link, which is near and of its kind. */
  #joins(link: number, kind: number, { along }: Spot, radius: number): boolean {
    const place = this.#last[link] ?? 0;
    const near =
      this.#seen[link] === this.#frame &&
      this.kind[place] === kind &&
      this.held[place] === 0 &&
      Math.abs(along - (this.#along[link] ?? 0)) < HEAP_REACH * radius;
    if (near) {
      this.many[place] = (this.many[place] ?? 0) + 1;
    }
    return near;
  }

  /**
   * How far a message moves aside so as not to hide the one before it on its link: the
   * closer they are, the farther. One that overtakes another glides around it.
   */
  #giveWay(from: number, to: number, along: number, gap: number): number {
    const link = endNumber(from) * ENDS + endNumber(to);
    let aside = 0;
    if (this.#seen[link] === this.#frame) {
      const distance = Math.abs(along - (this.#along[link] ?? 0));
      if (distance < gap) {
        aside = ((this.#aside[link] ?? 0) + gap - distance) % (LANES * gap);
      }
    }
    this.#seen[link] = this.#frame;
    this.#along[link] = along;
    this.#aside[link] = aside;
    return aside;
  }
}

function number(messages: Float64Array, at: number): number {
  return messages[at] ?? 0;
}

/** How much of its way a message has behind it. One that is held stays where it was then. */
function shareOfWay(messages: Float64Array, at: number, nowUs: number): number {
  const sentUs = number(messages, at + SENT_US);
  const heldUs = number(messages, at + HELD_US);
  const travelUs = Math.max(1, number(messages, at + ARRIVE_US) - sentUs);
  return Math.max(0, Math.min(1, ((heldUs >= 0 ? heldUs : nowUs) - sentUs) / travelUs));
}

/** Where a message starts or ends: a client's number is negative. */
function end(layout: Layout, number: number): Disc | undefined {
  return number > 0 ? layout.replicas[number - 1] : layout.clients[-number - 1];
}

function endNumber(number: number): number {
  return number > 0 ? number : Math.min(ENDS - 1, 52 - number);
}

/** A message fades a little in the last third of its way to where it is lost. */
function fading(share: number): number {
  return share < 0.67 ? 0 : share < 0.85 ? 1 : 2;
}
