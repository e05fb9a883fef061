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

/** More than the ends of links that a world can have: 51 replicas and 65 clients. */
const ENDS = 128;
/** Room on the canvas for this many messages; a world holds more only in trouble. */
const SHOWN_MAX = 4096;
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
  /** 0, 1 or 2: how near a message is to where it is lost. */
  readonly fade = new Uint8Array(SHOWN_MAX);

  /** The place of the last message on each link and how far aside it is, so that the next gives way. */
  readonly #along = new Float32Array(ENDS * ENDS);
  readonly #aside = new Float32Array(ENDS * ENDS);
  readonly #seen = new Uint32Array(ENDS * ENDS);
  #frame = 0;
  readonly #spot: Spot = { x: 0, y: 0, cos: 1, sin: 0, along: 0 };

  /** Places the messages as they are at `nowUs`. */
  place(messages: Float64Array, nowUs: number, layout: Layout): void {
    this.#frame += 1;
    this.count = 0;
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
    this.count += 1;
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
