declare module "virtual:raftarium-wasm" {
  /** The optimised core, deflated, in base64. */
  const packed: string;
  export default packed;
}
