/**
 * The shapes of the messages. Each points where it goes. The outline tells the kind of
 * question or answer, the sign in it how the answer came out: filled with ✓ is a yes,
 * hollow with ✕ is a no. A mere trial, such as a pre-vote, has a dotted outline.
 *
 * Shapes are traced into the current path, many at once, so that a whole batch of one
 * colour costs two calls; unit size is half the width of a message.
 */
import type { MessageKind } from "../../../../pkg/raftarium.js";
import { MESSAGES, type MessageShape, type Outline, type Sign } from "../../../text/messages.js";

export interface Shape {
  /** Corners x, y, x, y …, pointing to the right; none: a drop of this size. */
  readonly corners: readonly number[] | undefined;
  readonly size: number;
  readonly hollow: boolean;
  /** Whether its outline is dotted. */
  readonly dotted: boolean;
  readonly sign: Sign | undefined;
  /** Where along its direction the sign is. */
  readonly signAt: number;
  readonly signSize: number;
}

const TRIANGLE = [1.45, 0, -0.95, 1.15, -0.95, -1.15];
const CARD = [-1.2, -0.9, 0.7, -0.9, 1.4, 0, 0.7, 0.9, -1.2, 0.9];
const ARROW = [1.4, 0, 0.25, 1.15, 0.25, 0.7, -1.15, 0.7, -1.15, -0.7, 0.25, -0.7, 0.25, -1.15];
const DIAMOND = [1.45, 0, 0, 1.05, -1.15, 0, 0, -1.05];
/** A book of pages: its corner at the tail is folded. */
const PAGES = [-0.7, -1.1, 0.75, -1.1, 1.45, 0, 0.75, 1.1, -1.25, 1.1, -1.25, -0.55];
const HEXAGON = [1.4, 0, 0.65, 1.05, -0.7, 1.05, -1.3, 0, -0.7, -1.05, 0.65, -1.05];
const CHEVRON = [1.5, 0, 0.3, 1.2, -1.1, 1.2, -0.45, 0, -1.1, -1.2, 0.3, -1.2];

const CORNERS: Record<Outline, readonly number[] | undefined> = {
  triangle: TRIANGLE,
  drop: undefined,
  card: CARD,
  arrow: ARROW,
  diamond: DIAMOND,
  pages: PAGES,
  hexagon: HEXAGON,
  chevron: CHEVRON,
};

/** The shape of a kind of message. */
export function shapeOf(kind: MessageKind): Shape {
  const shape: MessageShape = MESSAGES[kind].shape;
  return {
    corners: CORNERS[shape.outline],
    size: shape.size ?? 1,
    hollow: shape.hollow ?? shape.dotted ?? false,
    dotted: shape.dotted ?? false,
    sign: shape.sign,
    signAt: shape.signAt ?? 0,
    signSize: shape.signSize ?? 1,
  };
}

/** Adds the outline to the current path; (`cos`, `sin`) is where it points. */
export function traceOutline(
  path: CanvasPath,
  shape: Shape,
  x: number,
  y: number,
  cos: number,
  sin: number,
  radius: number,
): void {
  const { corners } = shape;
  if (!corners) {
    traceDrop(path, x, y, cos, sin, radius * shape.size);
    return;
  }
  for (let at = 0; at < corners.length; at += 2) {
    const forth = (corners[at] ?? 0) * radius;
    const side = (corners[at + 1] ?? 0) * radius;
    const cornerX = x + forth * cos - side * sin;
    const cornerY = y + forth * sin + side * cos;
    if (at === 0) {
      path.moveTo(cornerX, cornerY);
    } else {
      path.lineTo(cornerX, cornerY);
    }
  }
  path.closePath();
}

function traceDrop(
  path: CanvasPath,
  x: number,
  y: number,
  cos: number,
  sin: number,
  radius: number,
): void {
  // The nose starts where its edges touch the circle.
  const open = 0.78;
  const angle = Math.atan2(sin, cos);
  path.moveTo(x + radius * Math.cos(angle + open), y + radius * Math.sin(angle + open));
  path.arc(x, y, radius, angle + open, angle - open + 2 * Math.PI);
  path.lineTo(x + 1.5 * radius * cos, y + 1.5 * radius * sin);
  path.closePath();
}

/** Adds the sign of a shape, always upright, to the current path: lines to be stroked. */
export function traceSign(
  path: CanvasPath,
  shape: Shape,
  shapeX: number,
  shapeY: number,
  cos: number,
  sin: number,
  radius: number,
): void {
  const x = shapeX + shape.signAt * radius * cos;
  const y = shapeY + shape.signAt * radius * sin;
  const s = radius * shape.signSize;
  switch (shape.sign) {
    case "check":
      traceCheck(path, x, y, s);
      break;
    case "cross":
      traceCross(path, x, y, s * 0.42);
      break;
    case "dot":
      path.moveTo(x + 0.16 * s, y);
      path.arc(x, y, 0.16 * s, 0, 2 * Math.PI);
      break;
    case "question":
      path.moveTo(x - 0.3 * s, y - 0.28 * s);
      path.bezierCurveTo(
        x - 0.3 * s,
        y - 0.8 * s,
        x + 0.42 * s,
        y - 0.74 * s,
        x + 0.3 * s,
        y - 0.22 * s,
      );
      path.quadraticCurveTo(x + 0.22 * s, y - 0.05 * s, x, y + 0.16 * s);
      path.moveTo(x, y + 0.52 * s);
      path.lineTo(x, y + 0.58 * s);
      break;
    case "turn":
      path.moveTo(x - 0.5 * s, y + 0.5 * s);
      path.quadraticCurveTo(x - 0.5 * s, y - 0.1 * s, x + 0.45 * s, y - 0.1 * s);
      path.moveTo(x + 0.1 * s, y - 0.48 * s);
      path.lineTo(x + 0.5 * s, y - 0.1 * s);
      path.lineTo(x + 0.1 * s, y + 0.28 * s);
      break;
    case "lines":
      for (const [line, end] of [0.6, 0.6, 0.2].entries()) {
        path.moveTo(x - 0.6 * s, y + (line - 1) * 0.5 * s);
        path.lineTo(x + end * s, y + (line - 1) * 0.5 * s);
      }
      break;
    case "bang":
      path.moveTo(x, y - 0.7 * s);
      path.lineTo(x, y + 0.15 * s);
      path.moveTo(x, y + 0.6 * s);
      path.lineTo(x, y + 0.65 * s);
      break;
    case undefined:
      break;
  }
}

function traceCheck(path: CanvasPath, x: number, y: number, s: number): void {
  path.moveTo(x - 0.46 * s, y + 0.04 * s);
  path.lineTo(x - 0.12 * s, y + 0.4 * s);
  path.lineTo(x + 0.5 * s, y - 0.38 * s);
}

export function traceCross(path: CanvasPath, x: number, y: number, arm: number): void {
  path.moveTo(x - arm, y - arm);
  path.lineTo(x + arm, y + arm);
  path.moveTo(x + arm, y - arm);
  path.lineTo(x - arm, y + arm);
}

export function traceStar(path: CanvasPath, x: number, y: number, r: number): void {
  for (let corner = 0; corner < 10; corner += 1) {
    const angle = -Math.PI / 2 + (corner * Math.PI) / 5;
    const reach = corner % 2 === 0 ? r : r * 0.45;
    const cornerX = x + reach * Math.cos(angle);
    const cornerY = y + reach * Math.sin(angle);
    if (corner === 0) {
      path.moveTo(cornerX, cornerY);
    } else {
      path.lineTo(cornerX, cornerY);
    }
  }
  path.closePath();
}

/** Two upright bars, to be filled. */
export function tracePause(path: CanvasPath, x: number, y: number, s: number): void {
  path.rect(x - 0.62 * s, y - 0.75 * s, 0.42 * s, 1.5 * s);
  path.rect(x + 0.2 * s, y - 0.75 * s, 0.42 * s, 1.5 * s);
}
