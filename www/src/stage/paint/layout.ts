/**
 * The place of everything, from the size of the canvas and the numbers of replicas and
 * clients alone: nothing moves because of what happens in the world.
 *
 * A wide canvas has the ring on the left and the tables on the right; a narrow one has
 * the ring above and the tables below. The clients are on a shelf under the ring. A host may want
 * only some of it.
 */
import {
  type LogsPlan,
  planTables,
  type Rect,
  type StoresPlan,
  type Tables,
  tablesHeight,
} from "./layout-tables.js";

export interface Disc {
  readonly x: number;
  readonly y: number;
  readonly r: number;
}

/** A replica's place. */
export interface Seat extends Disc {
  /** The unit vector from a small replica to its label. */
  readonly labelX: number;
  readonly labelY: number;
}

/** A client's place: a square with `r` as half its side, and room for text beside it. */
export interface ClientSeat extends Disc {
  /** How wide the text beside the square may be; zero: no room for any. */
  readonly textWidth: number;
}

/** What of the stage is wanted. */
export interface Shown extends Tables {
  /** The replicas on their ring, with messages and clients. */
  readonly ring: boolean;
}

export const ALL_SHOWN: Shown = { ring: true, logs: true, stores: true };

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** How many replicas there are, on the ring or as rows. */
  readonly count: number;
  /** In the order of their numbers, which start at 1; none without a ring. */
  readonly replicas: readonly Seat[];
  /** In the order of their numbers, which start at 1; none without a ring. */
  readonly clients: readonly ClientSeat[];
  /** Half the size of a message. */
  readonly messageRadius: number;
  /** The distance between neighbours on the ring. */
  readonly spacing: number;
  readonly logs: LogsPlan | undefined;
  readonly stores: StoresPlan | undefined;
}

const MARGIN = 10;
/** A node's timer arc and badges reach this far beyond its rim. */
const RIM = 15;
/** Nodes smaller than this have their name outside. */
export const NAMED_INSIDE = 18;
/** Nodes smaller than this have no text in them. */
export const TERM_INSIDE = 9;
const OUTSIDE_NAME = 15;
const SMALL_RIM = 6;
const NODE_MAX = 60;
const NODE_MIN = 4;
/** If nodes would be smaller than this, they are put in two rows, so that they can be larger. */
const CROWDED = 13;
/** How much longer than wide the ring may be. */
const OBLONG_MAX = 1.45;

export function planStage(
  width: number,
  height: number,
  replicaCount: number,
  clientCount: number,
  shown: Shown = ALL_SHOWN,
): Layout {
  const inside = { x: MARGIN, y: MARGIN, w: width - 2 * MARGIN, h: height - 2 * MARGIN };
  const [besideTables, tableSide] = split(inside, replicaCount, shown);
  const tables = tableSide && planTables(tableSide, replicaCount, shown);
  if (!shown.ring) {
    return {
      width,
      height,
      count: replicaCount,
      replicas: [],
      spacing: 0,
      clients: [],
      messageRadius: 0,
      logs: tables?.logs,
      stores: tables?.stores,
    };
  }
  const ringSide = tables ? besideTables : inside;
  const shelf = shelfHeight(ringSide, clientCount);
  const { seats, spacing } = seatReplicas({ ...ringSide, h: ringSide.h - shelf }, replicaCount);
  const r = seats[0]?.r ?? NODE_MAX;
  return {
    width,
    height,
    count: replicaCount,
    replicas: seats,
    spacing,
    clients: seatClients(
      { ...ringSide, y: ringSide.y + ringSide.h - shelf, h: shelf },
      clientCount,
    ),
    messageRadius: messageRadius(r),
    logs: tables?.logs,
    stores: tables?.stores,
  };
}

/** Messages are as large as their replicas allow, and at least large enough to be told apart. */
function messageRadius(r: number): number {
  return r < NAMED_INSIDE ? Math.max(5, r * 0.35) : Math.max(7, Math.min(12, r * 0.25));
}

/** Below this a ring is not worth its room. */
const RING_MIN = 180;

/** The smallest height in which nothing that is wanted is left out, at that width. */
export function heightFor(width: number, replicaCount: number, shown: Shown): number {
  const ring = shown.ring ? RING_MIN + 2 * MARGIN : 0;
  if (!shown.logs && !shown.stores) {
    return ring;
  }
  const inside = { x: MARGIN, y: MARGIN, w: width - 2 * MARGIN, h: 0 };
  for (let h = Math.max(ring, HEIGHT_STEP); h < HEIGHT_MAX; h += HEIGHT_STEP) {
    const [, side] = split({ ...inside, h: h - 2 * MARGIN }, replicaCount, shown);
    if (side && planTables(side, replicaCount, shown)) {
      return h;
    }
  }
  return HEIGHT_MAX;
}

const HEIGHT_STEP = 20;
const HEIGHT_MAX = 1400;

/** The ring's part, and the tables' if there is room for them. */
function split(inside: Rect, replicaCount: number, shown: Shown): [Rect, Rect | undefined] {
  const gap = 18;
  if (!shown.logs && !shown.stores) {
    return [inside, undefined];
  }
  if (!shown.ring) {
    return [inside, inside];
  }
  if (inside.w >= 560 && inside.w > inside.h * 1.15) {
    const ringW = Math.round(Math.max(inside.w * 0.42, Math.min(inside.h, inside.w * 0.54)));
    const tables = { ...inside, x: inside.x + ringW + gap, w: inside.w - ringW - gap };
    return [{ ...inside, w: ringW }, tables];
  }
  const wanted = tablesHeight(inside.w, replicaCount, shown);
  const tablesH = Math.min(wanted, inside.h * 0.5);
  const ringH = Math.round(inside.h - tablesH - gap);
  if (ringH < RING_MIN) {
    return [inside, undefined];
  }
  const tables = { ...inside, y: inside.y + ringH + gap, h: inside.h - ringH - gap };
  return [{ ...inside, h: ringH }, tables];
}

/** A possible ring: the ellipse of its centres, and a second one inside for a crowd. */
interface Ring {
  readonly r: number;
  readonly rx: number;
  readonly ry: number;
  /** How far inside the second row is; zero: only one row. */
  readonly back: number;
  /** The distance between neighbours in a row. */
  readonly spacing: number;
}

function seatReplicas(rect: Rect, count: number): { seats: Seat[]; spacing: number } {
  const x = rect.x + rect.w / 2;
  const y = rect.y + rect.h / 2;
  const one = largestRing(rect, count, 1);
  const two = one.r < CROWDED ? largestRing(rect, count, 2) : one;
  const { r, rx, ry, back, spacing } = two.r > one.r ? two : one;
  if (count <= 1) {
    return { seats: count === 1 ? [{ x, y, r, labelX: 0, labelY: 1 }] : [], spacing };
  }
  // Two are side by side; more start at the top.
  const start = count === 2 ? Math.PI : -Math.PI / 2;
  // In two rows each is between two of the other: that takes an even number.
  const places = back > 0 ? count + (count % 2) : count;
  const angles = evenAngles(rx, ry, places, start).slice(0, count);
  const seats = angles.map((angle, place) => {
    const inner = back > 0 && place % 2 === 1;
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    const away = inner ? -1 : 1;
    return {
      x: x + (rx - (inner ? back : 0)) * cos,
      y: y + (ry - (inner ? back : 0)) * sin,
      r,
      labelX: away * cos,
      labelY: away * sin,
    };
  });
  return { seats, spacing };
}

/** The ring with the largest nodes that leave one another, and the messages, enough room. */
function largestRing(rect: Rect, count: number, rows: 1 | 2): Ring {
  const share = count <= 9 ? 0.25 : count <= 25 ? 0.3 : 0.36;
  let ring: Ring | undefined;
  for (let r = NODE_MAX; r >= NODE_MIN; r -= 0.5) {
    const rim = r + (r < NAMED_INSIDE ? SMALL_RIM + OUTSIDE_NAME : RIM);
    const halfW = Math.max(10, rect.w / 2 - rim);
    const halfH = Math.max(10, rect.h / 2 - rim);
    const rx = Math.min(halfW, halfH * OBLONG_MAX);
    const ry = Math.min(halfH, halfW * OBLONG_MAX);
    const back = rows === 2 ? 2 * r + OUTSIDE_NAME + 4 : 0;
    const narrow = Math.min(rx, ry) - back;
    const spacing = narrow > 0 ? (rows * perimeter(rx - back, ry - back)) / count : 0;
    ring = { r, rx, ry, back, spacing };
    if (count <= 1) {
      if (r <= Math.min(rx, ry) * 0.5) {
        return ring;
      }
      continue;
    }
    // On a small stage legible nodes matter more than long ways.
    const inward = Math.max(0.26 * narrow, Math.min(28, 0.33 * narrow));
    const shoulder = r < NAMED_INSIDE ? SMALL_RIM : RIM - 4;
    if (r <= spacing * share && r + shoulder <= spacing / 2 && r <= inward) {
      return ring;
    }
  }
  return ring ?? { r: NODE_MIN, rx: 10, ry: 10, back: 0, spacing: 0 };
}

/** Angles at equal distances along an ellipse. */
function evenAngles(rx: number, ry: number, count: number, start: number): number[] {
  const parts = 720;
  const lengths = [0];
  for (let part = 1; part <= parts; part += 1) {
    const a = start + ((part - 0.5) / parts) * 2 * Math.PI;
    const piece = Math.hypot(rx * Math.sin(a), ry * Math.cos(a));
    lengths.push((lengths[part - 1] ?? 0) + piece);
  }
  const whole = lengths[parts] ?? 1;
  return Array.from({ length: count }, (_, place) => {
    const part = lengths.findIndex((length) => length >= (whole * place) / count);
    return start + (part / parts) * 2 * Math.PI;
  });
}

/** Ramanujan's approximation. */
function perimeter(a: number, b: number): number {
  return Math.PI * (3 * (a + b) - Math.sqrt((3 * a + b) * (a + 3 * b)));
}

// --- the clients' shelf ---

/** A client with text beside it needs this much. */
const CARD_WIDTH = 96;
const CARD_MAX = 190;
const CARD_HEIGHT = 48;
const CARD_SQUARE = 32;
/** If only one client has room for text, it is the person at the page. */
const PERSON_WIDTH = 128;
const SQUARE_MAX = 30;
const SQUARE_MIN = 8;
const SQUARE_GAP = 6;

/** How the clients share a shelf: the first ones as cards, the others as squares without text. */
interface Shelf {
  readonly cards: number;
  readonly cardWidth: number;
  /** How wide the part of the squares is, and how high. */
  readonly width: number;
  readonly height: number;
  readonly side: number;
  readonly columns: number;
}

function planShelf(width: number, count: number): Shelf {
  if (width >= count * CARD_WIDTH) {
    const cardWidth = Math.min(CARD_MAX, width / Math.max(1, count));
    return { cards: count, cardWidth, width: 0, height: 0, side: 0, columns: 1 };
  }
  const rows = count <= 12 ? 1 : count <= 30 ? 2 : 3;
  const roomFor = (cards: number) =>
    (width - cards * PERSON_WIDTH) / Math.ceil((count - cards) / rows) - SQUARE_GAP;
  const cards = roomFor(1) >= SQUARE_MIN ? 1 : 0;
  const squares = count - cards;
  const columns = Math.ceil(squares / rows);
  // Many clients must not crowd out the replicas.
  const most = rows === 1 ? SQUARE_MAX : SQUARE_MAX / 2;
  const side = Math.max(SQUARE_MIN, Math.min(most, roomFor(cards)));
  const height = Math.ceil(squares / columns) * (side + SQUARE_GAP) + SQUARE_GAP;
  const rest = width - cards * PERSON_WIDTH;
  return { cards, cardWidth: PERSON_WIDTH, width: rest, height, side, columns };
}

function shelfHeight(rect: Rect, count: number): number {
  const { cards, height } = planShelf(rect.w, count);
  return Math.max(cards > 0 ? CARD_HEIGHT : 0, height);
}

function seatClients(rect: Rect, count: number): ClientSeat[] {
  const shelf = planShelf(rect.w, count);
  const { cards, cardWidth, side, columns } = shelf;
  const pitch = Math.min(shelf.width / columns, side + 4 * SQUARE_GAP);
  const squaresWidth = count > cards ? pitch * Math.min(columns, count - cards) : 0;
  const left = rect.x + (rect.w - cards * cardWidth - squaresWidth) / 2;
  return Array.from({ length: count }, (_, place) => {
    if (place < cards) {
      const r = CARD_SQUARE / 2;
      const x = left + place * cardWidth + r + 2;
      return { x, y: rect.y + rect.h - r - 2, r, textWidth: cardWidth - CARD_SQUARE - 14 };
    }
    const square = place - cards;
    const row = Math.floor(square / columns);
    const top = rect.y + rect.h - shelf.height + SQUARE_GAP;
    return {
      x: left + cards * cardWidth + ((square % columns) + 0.5) * pitch,
      y: top + row * (side + SQUARE_GAP) + side / 2,
      r: side / 2,
      textWidth: 0,
    };
  });
}
