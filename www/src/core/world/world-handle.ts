/**
 * A world of the core as everyone but the frame loop holds it: hosts, panels, the stage. Each
 * call goes through a door that knows whether the world is still there, since the core's
 * own objects don't: one that was given back answers with the words of a compiler, or not
 * at all.
 */
import type { Simulation } from "../../../pkg/raftarium.js";
import { plain } from "./load.js";

/** Decides whether a call may go in, and sees how it ends. */
export interface Door {
  /** Makes the call; throws a `NoWorldError` if the world is gone. */
  enter<T>(call: () => T): T;
  /** The method may have changed the world. */
  touched(): void;
}

type Method = (...args: unknown[]) => unknown;

/** Methods that only look, or let happen what is due anyway. All others count as a change from outside. */
const NO_TOUCHES: ReadonlySet<PropertyKey> = new Set<keyof Simulation>([
  "advance",
  "causesOf",
  "cameOf",
  "digest",
  "dueAction",
  "dueAt",
  "dueSubject",
  "entry",
  "events",
  "export",
  "exported",
  "exportOn",
  "happening",
  "ledHere",
  "message",
  "logWindow",
  "logs",
  "messages",
  "nextDue",
  "notices",
  "nowUs",
  "proceed",
  "proceedUntil",
  "recording",
  "relations",
  "replica",
  "scenario",
  "seed",
  "store",
  "trace",
  "traceBeginning",
  "traced",
  "traceEnd",
  "traceOn",
  "story",
  "view",
  "whereLeads",
  "why",
]);

/** A handle on the world, with some of its methods done in another way. */
export function handleOn(
  world: Simulation,
  door: Door,
  instead: { readonly [Name in keyof Simulation]?: Simulation[Name] },
): Simulation {
  const methods = new Map<PropertyKey, Method>();
  const methodOf = (name: PropertyKey, inner: Method): Method => {
    // Its other name is `Symbol.dispose`.
    if (inner === world.free) {
      return () => {
        throw new TypeError("The element owns this world: take the element out of the page.");
      };
    }
    if (Object.hasOwn(instead, name)) {
      const other = instead[name as keyof Simulation] as Method;
      return (...args) => other(...args.map(plain));
    }
    return (...args) => {
      // A host's code may run here, and not once the call is on its way.
      const checked = args.map(plain);
      return door.enter(() => {
        const answer = inner.apply(world, checked);
        if (!NO_TOUCHES.has(name)) {
          door.touched();
        }
        return answer;
      });
    };
  };
  return new Proxy(world, {
    get(_, name) {
      // The world's address in the core's memory is private.
      if (typeof name === "string" && name.startsWith("__")) {
        return undefined;
      }
      const known = methods.get(name);
      if (known) {
        return known;
      }
      if (isGetter(world, name)) {
        return door.enter(() => Reflect.get(world, name));
      }
      const inner: unknown = Reflect.get(world, name);
      if (typeof inner !== "function" || name === "constructor") {
        return inner;
      }
      const method = methodOf(name, inner as Method);
      methods.set(name, method);
      return method;
    },
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
    setPrototypeOf: () => false,
  });
}

function isGetter(world: Simulation, name: PropertyKey): boolean {
  const described = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(world), name);
  return described?.get !== undefined;
}
