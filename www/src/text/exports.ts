/** The formats in which a stretch of a run is handed over, for whom each is, and its file. */
import type { ExportFormat } from "../../pkg/raftarium.js";

export interface ExportText {
  readonly title: string;
  /** What it is for. */
  readonly about: string;
  readonly file: (seed: number) => string;
  readonly type: string;
}

const named = (ending: string) => (seed: number) => `raftarium-seed-${seed}.${ending}`;

export const EXPORTS: Record<ExportFormat, ExportText> = {
  svg: {
    title: "Picture, light (SVG)",
    about: "The space-time diagram for a light page.",
    file: named("svg"),
    type: "image/svg+xml",
  },
  svg_dark: {
    title: "Picture, dark (SVG)",
    about: "The space-time diagram for a dark page.",
    file: named("dark.svg"),
    type: "image/svg+xml",
  },
  mermaid: {
    title: "Sequence diagram (Mermaid)",
    about: "For documents that draw Mermaid. Of a long stretch it has the beginning only.",
    file: named("mmd"),
    type: "text/plain",
  },
  chrome: {
    title: "Trace events (Perfetto)",
    about: "Open it at ui.perfetto.dev or chrome://tracing: an arrow for each message.",
    file: named("trace.json"),
    type: "application/json",
  },
  shiviz: {
    title: "Log with vector clocks (ShiViz)",
    about: "ShiViz reads it with the expression (?<host>\\S*) (?<clock>{.*})\\n(?<event>.*)",
    file: named("shiviz.log"),
    type: "text/plain",
  },
  jsonl: {
    title: "Everything (JSON Lines)",
    about: "For programs: each happening with its causes and its vector clock.",
    file: named("jsonl"),
    type: "application/jsonl",
  },
  tla: {
    title: "Sequence of steps (TLA+)",
    about: "A module for trace validation, by the names of the actions in raft.tla.",
    // A module has the name of its file.
    file: () => "RaftariumTrace.tla",
    type: "text/plain",
  },
  history: {
    title: "What clients were told (history)",
    about: "For a checker of linearizability. It begins with the run.",
    file: named("history.jsonl"),
    type: "application/jsonl",
  },
};
