// Checksums for `integrity` attributes, and the check that nothing has grown over its limit.
//
//     node packaging/seal.mjs FOLDER FILE...

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv, exit } from "node:process";
import { gzipSync } from "node:zlib";

const [folder = "", ...files] = argv.slice(2);
const limits = JSON.parse(
  readFileSync(new URL("limits.json", import.meta.url), "utf8").replace(/^\s*\/\/.*$/gm, ""),
);
let sums = "";
let over = false;
for (const file of files) {
  const bytes = readFileSync(join(folder, file));
  sums += `sha384-${createHash("sha384").update(bytes).digest("base64")}  ${file}\n`;
  const packed = gzipSync(bytes, { level: 9 }).length;
  const limit = limits[file];
  const told = `${file}: ${bytes.length.toLocaleString("en")} bytes, ${packed.toLocaleString("en")} as gzip`;
  console.log(
    limit === undefined ? `  ${told}` : `  ${told} (at most ${limit.toLocaleString("en")})`,
  );
  if (limit !== undefined && packed > limit) {
    console.error(`error: ${file} is larger than packaging/limits.json allows`);
    over = true;
  }
}
writeFileSync(join(folder, "checksums.txt"), sums);
exit(over ? 1 : 0);
