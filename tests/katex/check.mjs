// Puts formulas through KaTeX in strict mode: `node check.mjs FILE`, where FILE holds [{page, display, tex}, …].
import katex from "katex";
import { readFileSync } from "node:fs";

const formulas = JSON.parse(readFileSync(process.argv[2], "utf8"));
let rejected = 0;
for (const { page, display, tex } of formulas) {
  try {
    katex.renderToString(tex, { displayMode: display, strict: "error", throwOnError: true, trust: false });
  } catch (e) {
    rejected += 1;
    console.error(`${page}: ${e.message}\n  ${tex}`);
  }
}
console.log(`${formulas.length} formulas, ${rejected} rejected by KaTeX ${katex.version}`);
process.exit(rejected === 0 ? 0 : 1);
