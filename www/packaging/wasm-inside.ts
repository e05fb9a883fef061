/** In place of `src/core/world/wasm-source.ts` where the core is within the script: deflated, in base64. */
import packed from "virtual:raftarium-wasm";

export async function wasmSource(): Promise<BufferSource> {
  if (typeof DecompressionStream === "undefined") {
    throw new Error("This browser is too old to unpack it: it has no DecompressionStream.");
  }
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).arrayBuffer();
}
