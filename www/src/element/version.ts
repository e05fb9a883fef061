declare const __RAFTARIUM_VERSION__: string;

/** The version of Raftarium, as in `package.json`; the build puts it in. */
export const VERSION: string = __RAFTARIUM_VERSION__;
