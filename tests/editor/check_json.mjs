// What VS Code says of a JSON file: `node check_json.mjs ROOT FILE`, with the setting `json.schemas` and the text of the
// file as JSON on stdin. Prints a list of [line, message]; lines count from 1.
import { readFileSync } from "node:fs";
import { pathToFileURL, fileURLToPath } from "node:url";
import service from "vscode-json-languageservice";

const [root, file] = process.argv.slice(2);
const { schemas, text } = JSON.parse(readFileSync(0, "utf8"));
const base = pathToFileURL(root + "/");
const languageService = service.getLanguageService({
  schemaRequestService: async (uri) => readFileSync(fileURLToPath(uri), "utf8"),
});
// The extension of VS Code resolves the address against the folder of the workspace.
languageService.configure({
  schemas: schemas.map(({ fileMatch, url }) => ({ fileMatch, uri: new URL(url, base).href })),
});
const document = service.TextDocument.create(new URL(file, base).href, "json", 1, text);
const found = await languageService.doValidation(document, languageService.parseJSONDocument(document));
console.log(JSON.stringify(found.map(({ range, message }) => [range.start.line + 1, message])));
