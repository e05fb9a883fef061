declare module "virtual:raftarium-wasm" {
  /** The optimised core, as Zstandard, in base64. */
  const packed: string;
  export default packed;
}
