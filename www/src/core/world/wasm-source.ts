/**
 * Where the core's bytes come from. `undefined`: the file beside the script. A build that carries
 * them inside, so that there is one file only, has `packaging/wasm-inside.ts` in this one's place.
 */
export async function wasmSource(): Promise<BufferSource | undefined> {
  return undefined;
}
