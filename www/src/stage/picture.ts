/**
 * A moment as an SVG, for paper and for pages without JavaScript: the replicas with role and term,
 * and their logs. It needs no script, no font and no style sheet.
 */
import type { ReplicaView, View } from "../../pkg/raftarium.js";
import { configurationOf, standingIn } from "../core/membership.js";
import { replicaName, seconds, stateName } from "../text/names.js";
import { planStage } from "./paint/layout.js";

/** The palette of Okabe and Ito, as on the stage, with the ink for each. */
const TERMS = [
  ["#0072b2", "#fff"],
  ["#e69f00", "#000"],
  ["#009e73", "#000"],
  ["#cc79a7", "#000"],
  ["#56b4e9", "#000"],
  ["#d55e00", "#000"],
  ["#f0e442", "#000"],
] as const;
const NONE = ["#e5e7eb", "#000"] as const;

const WIDTH = 760;
const ROW = 28;
const CELL = 24;
const CELLS_MAX = 12;
/** More than these would be no picture. */
const REPLICAS_MAX = 15;

export function pictureOf(view: View, title: string): string {
  const replicas = view.replicas.slice(0, REPLICAS_MAX);
  const height = Math.max(340, replicas.length * ROW + 80);
  const ring = planStage(380, height - 30, replicas.length, 0, {
    ring: true,
    logs: false,
    stores: false,
  });
  const longest = Math.max(...replicas.map(({ log }) => log.last_index));
  const first = Math.max(1, longest - CELLS_MAX + 1);
  const membership = configurationOf(view);
  const parts = replicas.flatMap((replica, place) => {
    const seat = ring.replicas[place];
    const state = stateName(replica, standingIn(membership, replica.id));
    const [fill, ink] = paintOf(replica.term);
    const leads = replica.role === "leader" && replica.status === "running";
    const disc = seat
      ? [
          `<circle cx="${round(seat.x)}" cy="${round(seat.y)}" r="${round(seat.r)}" fill="${leads ? fill : "#fff"}" stroke="${fill}" stroke-width="4"${replica.status === "running" ? "" : ' stroke-dasharray="4 3"'}/>`,
          text(seat.x, seat.y - 6, replicaName(replica.id), leads ? ink : "#000", "middle", "bold"),
          text(seat.x, seat.y + 10, state, leads ? ink : "#000", "middle"),
          text(seat.x, seat.y + 24, `term ${replica.term}`, leads ? ink : "#000", "middle"),
        ]
      : [];
    return [...disc, ...row(replica, 60 + place * ROW, first)];
  });
  const told = `${title || "A Raft cluster"}, at ${seconds(view.now_us)}`;
  const index = Array.from({ length: Math.min(CELLS_MAX, longest) }, (_, column) =>
    text(424 + column * CELL + CELL / 2, 46, String(first + column), "#444", "middle"),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" font-family="sans-serif" font-size="12" role="img" aria-label="${escaped(told)}"><rect width="100%" height="100%" fill="#fff"/>${text(390, 20, told, "#000", "start", "bold")}${index.join("")}${parts.join("")}</svg>`;
}

/** The entries of a replica: filled if it knows them to be committed. */
function row({ id, log, commit_index: commit }: ReplicaView, y: number, first: number): string[] {
  const cells = [text(390, y + 14, replicaName(id), "#000", "start", "bold")];
  for (let at = Math.max(first, log.first_index); at <= log.last_index; at += 1) {
    const term = log.terms[at - log.first_index] ?? 0;
    const [fill, ink] = paintOf(term);
    const x = 424 + (at - first) * CELL;
    const sure = at <= commit;
    cells.push(
      `<rect x="${x}" y="${y - 2}" width="${CELL - 3}" height="${CELL - 2}" rx="3" fill="${sure ? fill : "#fff"}" stroke="${fill}" stroke-width="2"/>`,
      text(x + CELL / 2 - 1.5, y + 14, String(term), sure ? ink : "#000", "middle"),
    );
  }
  return cells;
}

function paintOf(term: number): readonly [string, string] {
  return term === 0 ? NONE : (TERMS[(term - 1) % TERMS.length] ?? NONE);
}

function text(
  x: number,
  y: number,
  said: string,
  fill: string,
  anchor: "start" | "middle",
  weight = "normal",
): string {
  return `<text x="${round(x)}" y="${round(y)}" fill="${fill}" text-anchor="${anchor}" font-weight="${weight}">${escaped(said)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

export function escaped(said: string): string {
  return said
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
