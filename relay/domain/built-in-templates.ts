import { type ListedTemplate, TemplateManifest } from "#protocol/documents";
import empty from "#templates/empty/template.json";
import expressApi from "#templates/express-api/template.json";
import pythonScripts from "#templates/python-scripts/template.json";
import reactVite from "#templates/react-vite/template.json";
import staticSite from "#templates/static-site/template.json";

/** What they say of themselves, in the order of the list. Their files are with the runners, which place them. */
const manifests = {
  "react-vite": reactVite,
  "static-site": staticSite,
  "express-api": expressApi,
  "python-scripts": pythonScripts,
  empty,
};

export const builtInTemplates: readonly ListedTemplate[] = Object.entries(manifests).map(([id, manifest]) => ({
  ...TemplateManifest.parse(manifest),
  id,
  source: { kind: "built-in", id },
  origin: "built-in",
}));
