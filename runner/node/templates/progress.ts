/** What is going on, for a line or a bar on a screen. */
export type TemplateProgress =
  | { readonly step: "fetching"; readonly repository: string; readonly percent?: number }
  | { readonly step: "reading"; readonly files: number }
  | { readonly step: "writing"; readonly files: number; readonly folder: string }
  | { readonly step: "beginning-repository" };

/** A line for a person. */
export function progressText(progress: TemplateProgress): string {
  switch (progress.step) {
    case "fetching":
      return `Fetching ${progress.repository}${progress.percent === undefined ? " …" : ` … ${progress.percent} %`}`;
    case "reading":
      return `Reading ${countOf(progress.files)} …`;
    case "writing":
      return `Writing ${countOf(progress.files)} to ${progress.folder} …`;
    case "beginning-repository":
      return "Beginning a Git repository …";
  }
}

const countOf = (files: number): string => (files === 1 ? "1 file" : `${files} files`);
