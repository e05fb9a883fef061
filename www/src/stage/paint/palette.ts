/**
 * The colours of the stage, from CSS custom properties of its canvas:
 *
 * `--raft-ground`, `--raft-surface`, `--raft-ink`, `--raft-muted`, `--raft-line`,
 * `--raft-accent`, `--raft-danger`, `--raft-success`, `--raft-term-1` … `--raft-term-7`
 * and `--raft-font`.
 *
 * All have defaults, one set for light and one for dark; the computed `color-scheme`
 * says which. Text and outlines are moved until they stand out from their ground.
 */
import {
  contrast,
  inkOn,
  mix,
  parseColour,
  type Rgb,
  SHAPE_CONTRAST,
  standOut,
  TEXT_CONTRAST,
  toCss,
} from "./colour.js";

/** A colour in the forms in which it is used. */
export interface Paint {
  /** The colour itself, for areas. */
  readonly fill: string;
  /** Stands out from the ground, for outlines. */
  readonly edge: string;
  /** Stands out from the area too, for outlines of overlapping areas. */
  readonly rim: string;
  /** Text and signs on the area. */
  readonly ink: string;
  /** A hint of the colour over the surface. */
  readonly tint: string;
}

export interface Theme {
  readonly ground: string;
  /** For nodes, badges and cards. */
  readonly surface: string;
  readonly ink: string;
  readonly muted: string;
  /** An outline that can be seen. */
  readonly rim: string;
  /** A line that should hardly be seen. */
  readonly line: string;
  /** Nearly the ground: stripes of a table, the tracks of the timers. */
  readonly faint: string;
  /** The soils of the islands of a partition, in turn. */
  readonly islands: readonly string[];
  readonly accent: Paint;
  readonly danger: Paint;
  readonly success: Paint;
  /** For things without a term: clients and their messages, and replicas before the first election. */
  readonly plain: Paint;
  /** Terms take these in turn. */
  readonly terms: readonly Paint[];
  readonly font: string;
}

/** The palette of Okabe and Ito, which the colour-blind can tell apart; without its black. */
const TERMS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442"];

const LIGHT = {
  ground: "#f7f8fa",
  surface: "#ffffff",
  ink: "#161b22",
  muted: "#57606a",
  line: "#d5dae1",
  accent: "#5b3fd6",
  danger: "#c4162a",
  success: "#15803d",
};

const DARK: typeof LIGHT = {
  ground: "#0f141a",
  surface: "#19212b",
  ink: "#e9eef4",
  muted: "#9aa7b4",
  line: "#2c3743",
  accent: "#a594ff",
  danger: "#ff6b73",
  success: "#4cc974",
};

/** Where the system forces its colours: these are its own names for them. */
const FORCED: typeof LIGHT = {
  ground: "Canvas",
  surface: "Canvas",
  ink: "CanvasText",
  muted: "CanvasText",
  line: "CanvasText",
  accent: "Highlight",
  danger: "CanvasText",
  success: "CanvasText",
};
/** Numbers tell the terms apart; these only alternate. */
const FORCED_TERMS = ["Highlight", "LinkText"];

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** The theme as the canvas' style asks for it now. */
export function readTheme(canvas: HTMLCanvasElement, ctx: CanvasRenderingContext2D): Theme {
  const style = getComputedStyle(canvas);
  const forced = matchMedia("(forced-colors: active)").matches;
  const defaults = forced ? FORCED : isDark(style) ? DARK : LIGHT;
  const own = (name: string) =>
    forced && name !== "font" ? "" : style.getPropertyValue(`--raft-${name}`).trim();
  const read = (name: string, fallback: string) => {
    const css = own(name);
    const solid = parseColour(ctx, fallback, [0, 0, 0]);
    return css === "" ? solid : parseColour(ctx, css, solid);
  };

  // A host may choose any colours: text and outlines are moved until they are legible.
  ctx.save();
  const ground = read("ground", defaults.ground);
  const surface = read("surface", defaults.surface);
  const ink = standOut(read("ink", defaults.ink), ground, inkOn(ground), TEXT_CONTRAST);
  const muted = standOut(read("muted", defaults.muted), ground, ink, TEXT_CONTRAST);
  const line = read("line", defaults.line);
  // Each colour is needed for areas, outlines and the text on it.
  const paint = (colour: Rgb): Paint => {
    const edge = legibleOn(colour, ground, surface, ink);
    const visible = contrast(colour, ground) >= SHAPE_CONTRAST;
    return {
      fill: toCss(colour),
      edge: toCss(edge),
      rim: toCss(visible ? mix(colour, inkOn(colour), 0.5) : edge),
      ink: toCss(inkOn(colour)),
      tint: toCss(mix(surface, colour, 0.16)),
    };
  };
  const faint = mix(ground, line, 0.55);
  const accent = read("accent", defaults.accent);
  const success = read("success", defaults.success);
  const theme: Theme = {
    ground: toCss(ground),
    surface: toCss(surface),
    ink: toCss(ink),
    muted: toCss(muted),
    rim: toCss(standOut(line, ground, ink, SHAPE_CONTRAST)),
    line: toCss(line),
    faint: toCss(faint),
    islands: [faint, mix(ground, accent, 0.15), mix(ground, success, 0.15)].map((soil) =>
      toCss(soil),
    ),
    accent: paint(accent),
    danger: paint(read("danger", defaults.danger)),
    success: paint(success),
    plain: paint(mix(muted, ground, 0.1)),
    terms: (forced ? FORCED_TERMS : TERMS).map((term, place) =>
      paint(read(`term-${place + 1}`, term)),
    ),
    font: own("font") || FONT,
  };
  ctx.restore();
  return theme;
}

/** The place of a term's colour among `terms`; minus one for term zero, which has none. */
export function termPlace(theme: Theme, term: number): number {
  return term > 0 ? (term - 1) % theme.terms.length : -1;
}

/** The colours of a term. */
export function termPaint(theme: Theme, term: number): Paint {
  return theme.terms[termPlace(theme, term)] ?? theme.plain;
}

/** Outlines lie on the ground as well as on the surface: they must stand out from both. */
function legibleOn(colour: Rgb, ground: Rgb, surface: Rgb, ink: Rgb): Rgb {
  const harder = contrast(colour, ground) < contrast(colour, surface) ? ground : surface;
  return standOut(colour, harder, ink, SHAPE_CONTRAST);
}

function isDark(style: CSSStyleDeclaration): boolean {
  const scheme = style.colorScheme.split(" ");
  if (scheme.includes("dark") !== scheme.includes("light")) {
    return scheme.includes("dark");
  }
  return matchMedia("(prefers-color-scheme: dark)").matches;
}
