/** In place of `src/core/world/wasm-source.ts` where the core is within the script: as Zstandard, in base64. */

import packed from "virtual:raftarium-wasm";
import { decompress } from "fzstd";

export async function wasmSource(): Promise<BufferSource> {
  return decompress(Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0)));
}
