/**
 * Everything a person can do beside acting on what is on the stage: one record for each
 * command, from which the keys, the buttons, the help and the screen reader's words are made.
 */
import type { Controller, State } from "./controller.js";
import { freshSeed } from "./load.js";
import { nextSpeed } from "./speed.js";
import type { Subject } from "./subject.js";

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
    run: (controller) => controller.rewind(Math.max((controller.frame?.view.events ?? 0) - 1, 0)),
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
  { keys: ["ArrowLeft", "ArrowRight"], help: "among replicas, links, messages or clients" },
  {
    keys: ["ArrowUp", "ArrowDown"],
    help: "from replicas to links, messages, clients and back",
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
  return `Arrow keys move among replicas, links, messages and clients; Enter: ${MOVES[2].help}. ${told.join("; ")}.`;
}
