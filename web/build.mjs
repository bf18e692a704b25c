// Builds the pages into the Python package: `npm run build`, or into another folder: `npm run build -- FOLDER`.
// The same lock gives the same bytes; a test of poolgate builds them again and compares.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = process.argv[2] ?? join(here, "..", "src", "poolgate");

/** The folder of each page here, by where it goes to, and what it is called there. */
const PAGES = {
  [join("report", "page")]: ["report", "The page of the HTML report"],
  [join("history", "page")]: ["fleet", "The page of a history"],
};

await Promise.all(Object.entries(PAGES).map(([target, page]) => make(join(root, target), ...page)));

async function make(target, folder, name) {
  const result = await build({
    absWorkingDir: here,
    entryPoints: { page: `${folder}/main.ts`, style: `${folder}/page.css` },
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
  const text = (file) => result.outputFiles.find((output) => output.path.endsWith(file)).text;
  // Inside the page a script ends where `</script` stands, wherever that is.
  const script = text("page.js").replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--").trimEnd();
  await mkdir(target, { recursive: true });
  await writeFile(join(target, "page.js"), script);
  await writeFile(join(target, "page.css"), text("style.css").trimEnd());
  await writeFile(join(target, "THIRD-PARTY.txt"), await notices(name, Object.keys(result.metafile.inputs)));
}

/** The licence of every package that something of the page comes from. */
async function notices(name, inputs) {
  const folders = new Set();
  for (const input of inputs) {
    const match = /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input);
    if (match) folders.add(match[0]);
  }
  const parts = [`${name} holds parts of these packages, minified.\n`];
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
