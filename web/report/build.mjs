// Builds the page into the Python package: `npm run build`, or into another folder: `npm run build -- FOLDER`.
// The same lock gives the same bytes; a test of poolgate builds it again and compares.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = process.argv[2] ?? join(here, "..", "..", "src", "poolgate", "report", "page");
await mkdir(target, { recursive: true });

const result = await build({
  absWorkingDir: here,
  entryPoints: { page: "src/main.ts", style: "src/page.css" },
  outdir: "out",
  write: false,
  bundle: true,
  minify: true,
  metafile: true,
  format: "iife",
  target: ["chrome109", "firefox115", "safari16.4"],
  charset: "utf8",
  legalComments: "none",
  define: { "process.env.NODE_ENV": '"production"' },
});

const text = (name) => result.outputFiles.find((file) => file.path.endsWith(name)).text;
// Inside the page a script ends where `</script` stands, wherever that is.
const script = text("page.js").replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--").trimEnd();
await writeFile(join(target, "page.js"), script);
await writeFile(join(target, "page.css"), text("style.css").trimEnd());
await writeFile(join(target, "THIRD-PARTY.txt"), await notices(Object.keys(result.metafile.inputs)));

/** The licence of every package that something of the page comes from. */
async function notices(inputs) {
  const folders = new Set();
  for (const input of inputs) {
    const match = /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input);
    if (match) folders.add(match[0]);
  }
  const parts = ["The page of the HTML report holds parts of these packages, minified.\n"];
  for (const folder of [...folders].sort()) {
    const about = JSON.parse(await readFile(join(here, folder, "package.json"), "utf8"));
    const licence = await licenceOf(join(here, folder));
    parts.push(`${"-".repeat(78)}\n${about.name} ${about.version} (${about.license})\n\n${licence.trim()}\n`);
  }
  return parts.join("\n");
}

async function licenceOf(folder) {
  for (const name of ["LICENSE", "LICENSE.md", "LICENSE.txt", "license"]) {
    try {
      return (await readFile(join(folder, name), "utf8")).replaceAll("\r\n", "\n");
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
  }
  throw new Error(`${folder} has no licence file`);
}
