import { isAbsolute, relative, sep } from "node:path";
import { DiagnosticSeverity, languages } from "vscode";
import { diagnosticsQuietMs, maxDiagnosticsWaitMs } from "#extension/caps";
import { maxEvidenceFiles } from "#protocol/caps";
import type { Evidence } from "#protocol/evidence";

type Diagnostics = NonNullable<Evidence["diagnostics"]>;

/** What the editor knows to be wrong in the files of a folder. */
export function readDiagnostics(folder: string): Diagnostics {
  const files = languages.getDiagnostics().flatMap(([uri, found]) => {
    const path = relative(folder, uri.fsPath).split(sep).join("/");
    if (uri.scheme !== "file" || path === "" || path.startsWith("../") || path === "..") return [];
    // On another drive.
    if (isAbsolute(path)) return [];
    const count = (severity: DiagnosticSeverity) => found.filter((one) => one.severity === severity).length;
    const [errors, warnings] = [count(DiagnosticSeverity.Error), count(DiagnosticSeverity.Warning)];
    return errors + warnings > 0 ? [{ path, errors, warnings }] : [];
  });
  files.sort((a, b) => b.errors - a.errors || b.warnings - a.warnings);
  const sum = (of: (file: (typeof files)[number]) => number) => files.reduce((total, file) => total + of(file), 0);
  return {
    errors: sum(({ errors }) => errors),
    warnings: sum(({ warnings }) => warnings),
    files: files.slice(0, maxEvidenceFiles),
  };
}

/** Resolves when the language servers have said nothing new for a moment: what an agent wrote last is read by them. */
export function diagnosticsSettled(): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(quiet);
      clearTimeout(limit);
      subscription.dispose();
      resolve();
    };
    let quiet = setTimeout(done, diagnosticsQuietMs);
    const limit = setTimeout(done, maxDiagnosticsWaitMs);
    const subscription = languages.onDidChangeDiagnostics(() => {
      clearTimeout(quiet);
      quiet = setTimeout(done, diagnosticsQuietMs);
    });
  });
}
