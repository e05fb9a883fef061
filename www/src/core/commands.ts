/**
 * Everything a person can do beside acting on what is on the stage: one record for each
 * command, from which the keys, the buttons, the help and the screen reader's words are made.
 */
import { MARK_KINDS } from "../text/branches.js";
import type { Controller, State } from "./controller.js";
import { ZOOM_MAX, ZOOM_MIN } from "./log-window.js";
import { nextSpeed } from "./speed.js";
import type { Subject } from "./subject.js";
import { ZOOM_STEP } from "./time/scale.js";
import { freshSeed } from "./world/load.js";

export interface Command {
  /** As in `KeyboardEvent.key`, when the stage has the focus; the first is the one shown. */
  readonly keys: readonly string[];
  /** The name of its button or menu line, as of now. */
  label(state: State, on?: Subject): string;
  /** For the list of keys. */
  readonly help: string;
  /** Always unless given. */
  enabled?(state: State, on?: Subject): boolean;
  /** Does it; `on` is what the keyboard or the menu is on. */
  run(controller: Controller, on?: Subject): void;
}

const always = (text: string) => () => text;

export const COMMANDS = {
  play: {
    keys: [" "],
    label: ({ playing }) => (playing ? "Pause" : "Play"),
    help: "play and pause",
    run: (controller) => {
      if (!controller.playing && controller.frame?.view.violation) {
        controller.say(
          "The world has stopped at a broken property: go back in time, or start again.",
        );
        return;
      }
      controller.playing = !controller.playing;
    },
  },
  step: {
    keys: ["."],
    label: always("One event"),
    help: "one event",
    run: (controller) => controller.step(),
  },
  stepOverTicks: {
    keys: [">"],
    label: always("To the next event that is more than a clock's tick"),
    help: "to the next event that is more than a clock's tick",
    run: (controller) => controller.stepOverTicks(),
  },
  stepBack: {
    keys: [","],
    label: always("One event back"),
    help: "one event back",
    run: (controller) => controller.goTo(Math.max((controller.frame?.view.events ?? 0) - 1, 0)),
  },
  previousMark: {
    keys: ["["],
    label: ({ markKind }) => `To the previous ${MARK_KINDS[markKind]}`,
    help: "to the previous election, or whatever the timeline goes to",
    run: (controller) => controller.time.toMark("previous"),
  },
  nextMark: {
    keys: ["]"],
    label: ({ markKind }) => `To the next ${MARK_KINDS[markKind]}`,
    help: "to the next one",
    run: (controller) => controller.time.toMark("next"),
  },
  cancelSeek: {
    keys: [],
    label: always("Stay here"),
    help: "go no further than this",
    run: (controller) => controller.time.cancel(),
  },
  zoomIn: {
    keys: [],
    label: always("Zoom in"),
    help: "a shorter part of the run on the timeline",
    run: (controller) => controller.time.zoom(ZOOM_STEP),
  },
  zoomOut: {
    keys: [],
    label: always("Zoom out"),
    help: "a longer part of the run on the timeline",
    enabled: ({ span }) => span !== undefined,
    run: (controller) => controller.time.zoom(1 / ZOOM_STEP),
  },
  zoomOff: {
    keys: [],
    label: always("The whole run"),
    help: "the whole run on the timeline",
    enabled: ({ span }) => span !== undefined,
    run: (controller) => controller.time.showSpan(undefined),
  },
  showBranch: {
    keys: [],
    label: always("Show"),
    help: "the chosen branch, as far as it came",
    enabled: ({ branches, picked }) => picked !== undefined && picked !== branches?.shown,
    run: (controller) => {
      const { picked } = controller.state;
      if (picked !== undefined) {
        controller.time.seek({ branch: picked, to: { end: {} } });
      }
    },
  },
  compareBranch: {
    keys: [],
    label: always("Compare with the shown one"),
    help: "the chosen branch and the shown one side by side",
    enabled: ({ branches, picked }) => picked !== undefined && picked !== branches?.shown,
    run: (controller) => {
      const { picked, branches } = controller.state;
      if (picked !== undefined && branches) {
        void controller.time.compare(branches.shown, picked);
      }
    },
  },
  deleteBranch: {
    keys: [],
    label: always("Delete"),
    help: "delete the chosen branch, and those that leave it",
    enabled: ({ branches, picked }) => (picked ?? branches?.shown ?? 0) !== 0,
    run: (controller) => {
      const { picked, branches } = controller.state;
      controller.time.remove(picked ?? branches?.shown ?? 0);
    },
  },
  restoreBranch: {
    keys: [],
    label: always("Undo the deletion"),
    help: "bring the branch back that was deleted last",
    enabled: ({ branches }) => (branches?.deleted.length ?? 0) > 0,
    run: (controller) => {
      const [last] = controller.state.branches?.deleted ?? [];
      if (last) {
        controller.time.restore(last.id);
      }
    },
  },
  copyLink: {
    keys: ["l"],
    label: always("Copy link"),
    help: "copy a link to this moment, with all that was done",
    enabled: ({ run }, _) => run !== undefined,
    run: (controller) => void controller.sharing.copyLink(),
  },
  save: {
    keys: [],
    label: always("Save"),
    help: "save the run with its branches as a file, which can be opened or dropped here",
    enabled: ({ run }) => run !== undefined,
    run: (controller) => controller.sharing.save(),
  },
  spacetime: {
    keys: ["d"],
    label: ({ sight }) =>
      sight === "ring" ? "Show the space-time diagram" : "Show the ring alone",
    help: "the space-time diagram, or the ring again",
    run: (controller) => controller.showAs(controller.state.sight === "ring" ? "both" : "ring"),
  },
  faster: {
    keys: ["+", "="],
    label: always("Faster"),
    help: "faster",
    run: (controller) => {
      controller.speed = nextSpeed(controller.speed, 1);
    },
  },
  slower: {
    keys: ["-"],
    label: always("Slower"),
    help: "slower",
    run: (controller) => {
      controller.speed = nextSpeed(controller.speed, -1);
    },
  },
  select: {
    keys: ["s"],
    label: ({ selected }, on) =>
      on?.kind === "replica" && selected.includes(on.id)
        ? "Take out of the selection"
        : "Select for a partition",
    help: "select a replica for a partition",
    enabled: (_, on) => on?.kind === "replica",
    run: (controller, on) => {
      if (on?.kind === "replica") {
        controller.toggle(on.id);
      }
    },
  },
  healAll: {
    keys: ["h"],
    label: always("Heal all links"),
    help: "heal all links",
    run: (controller) => {
      controller.attempt({ heal_all: {} });
    },
  },
  olderEntries: {
    keys: ["o"],
    label: always("Older entries"),
    help: "to older entries of the logs, which then stay in sight",
    run: (controller) => controller.moveLogs(-0.5),
  },
  newerEntries: {
    keys: ["n"],
    label: always("Newer entries"),
    help: "to newer entries of the logs",
    run: (controller) => controller.moveLogs(0.5),
  },
  pinLogs: {
    keys: ["p"],
    label: ({ logs }) => (logs.first === undefined ? "Pin the logs" : "Let the logs follow"),
    help: "keep the logs where they are, or let them follow what happens",
    run: (controller) => {
      const { first } = controller.state.logs;
      controller.pinLogs(first === undefined ? controller.logsInSight.first : undefined);
    },
  },
  widerEntries: {
    keys: [")"],
    label: always("Wider entries"),
    help: "fewer and wider entries of the logs",
    enabled: ({ logs }) => logs.zoom < ZOOM_MAX,
    run: (controller) => controller.zoomLogs(1.25),
  },
  narrowerEntries: {
    keys: ["("],
    label: always("Narrower entries"),
    help: "more and narrower entries of the logs",
    enabled: ({ logs }) => logs.zoom > ZOOM_MIN,
    run: (controller) => controller.zoomLogs(0.8),
  },
  undoSetting: {
    keys: ["u"],
    label: always("Undo the last setting"),
    help: "undo the last change of a setting",
    enabled: ({ undoable }) => undoable.length > 0,
    run: (controller) => controller.undoSetting(),
  },
  saveScenario: {
    keys: [],
    label: always("Save as scenario"),
    help: "save a scenario with these settings, and all that was done as timed actions",
    enabled: ({ run }) => run !== undefined,
    run: (controller) => controller.sharing.saveScenario(),
  },
  inspectCluster: {
    keys: ["Escape"],
    label: always("Show the whole cluster"),
    help: "close a menu, or show the whole cluster",
    run: (controller) => controller.inspect(undefined),
  },
  help: {
    keys: ["?"],
    label: always("Help"),
    help: "this help",
    run: (controller) => controller.showHelp(),
  },
  clearSelection: {
    keys: [],
    label: always("Clear selection"),
    help: "select no replica",
    run: (controller) => controller.select([]),
  },
  restart: {
    keys: [],
    label: always("Start again"),
    help: "from the start, with the same seed",
    run: (controller) => {
      controller.open(controller.source, controller.seed);
    },
  },
  newSeed: {
    keys: [],
    label: always("New seed"),
    help: "the same scenario with another seed",
    run: (controller) => {
      controller.open(controller.source, freshSeed());
    },
  },
} as const satisfies Record<string, Command>;

/** Moves of the keyboard among what is on the stage; the stage's accessible twin does them. */
export const MOVES = [
  {
    keys: ["ArrowLeft", "ArrowRight"],
    help: "among replicas, links, messages, clients or entries",
  },
  {
    keys: ["ArrowUp", "ArrowDown"],
    help: "from replicas to links, messages, clients, entries and back",
  },
  { keys: ["Enter"], help: "open the actions of what has the focus" },
] as const;

/** The command of a key, if it can be run now. */
export function commandOf(key: string, state: State, on?: Subject): Command | undefined {
  const commands: readonly Command[] = Object.values(COMMANDS);
  const command = commands.find(({ keys }) => keys.includes(key));
  return command?.enabled?.(state, on) === false ? undefined : command;
}

const KEY_NAMES: Readonly<Record<string, string>> = {
  " ": "Space",
  "-": "−",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  Escape: "Esc",
};

/** The name of a key, as printed on a keyboard. */
export function keyName(key: string): string {
  return KEY_NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}

/** Names for keys that a screen reader would not read out. */
const SPOKEN: Readonly<Record<string, string>> = { "?": "question mark" };

/** The keys in a sentence or two, to be read out when the stage gets the focus. */
export function spokenKeys(): string {
  const told = [COMMANDS.play, COMMANDS.help].map(({ keys, help }) => {
    const [key = ""] = keys;
    return `${SPOKEN[key] ?? keyName(key)}: ${help}`;
  });
  return `Arrow keys move among replicas, links, messages, clients and log entries; Enter: ${MOVES[2].help}. ${told.join("; ")}.`;
}
