// Loads a Wasm module as wasm-bindgen's start-up does, with stand-ins for what it imports:
// compile, instantiate, grow the table of JavaScript references. Prints nothing if all is well.

import { readFile } from "node:fs/promises";

const [path] = process.argv.slice(2);
const module = await WebAssembly.compile(await readFile(path));

const standIns = {
  function: () => undefined,
  tag: WebAssembly.JSTag ?? new WebAssembly.Tag({ parameters: ["externref"] }),
};
const imports = {};
for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
  if (!(kind in standIns)) throw new Error(`unexpected import of a ${kind}: ${from}.${name}`);
  (imports[from] ??= {})[name] = standIns[kind];
}

const instance = await WebAssembly.instantiate(module, imports);
if (!(instance.exports.memory instanceof WebAssembly.Memory)) throw new Error("no memory");
instance.exports.__wbindgen_externrefs?.grow(4);
