import type { ErrorRows } from "#protocol/errors/row";

/** Templates. */
export const templateErrors = {
  template_unknown: { status: 404, text: (p) => `There is no template “${p.id}” here.` },
  template_source_refused: { status: 422, text: (p) => `“${p.source}” cannot be fetched: ${p.reason}.` },
  template_unreachable: {
    status: 502,
    text: (p) => `${p.repository} could not be fetched: ${p.reason}. No file was changed; try again.`,
  },
  template_ref_unknown: {
    status: 404,
    text: (p) => `${p.repository} has no branch, tag or commit “${p.ref}”. No file was changed.`,
  },
  template_folder_unknown: {
    status: 404,
    text: (p) => `${p.repository} has no folder “${p.folder}” with files in it. No file was changed.`,
  },
  template_too_large: {
    status: 413,
    text: (p) => `The template has more than ${p.max} ${p.what}, the cap. No file was changed.`,
  },
  template_invalid: { status: 422, text: (p) => `The template's template.json is wrong: ${p.reason}.` },
  template_path_refused: {
    status: 422,
    text: (p) => `The template holds “${p.path}”, which is refused: ${p.reason}. No file was changed.`,
  },
  template_variable_invalid: { status: 422, text: (p) => `“${p.variable}” of the template: ${p.reason}.` },
  template_over_files: {
    status: 409,
    text: (p) =>
      `${p.folder} has files already, of which the template would change ${p.changes === 0 ? "none" : p.changes}. Nothing was changed; choose an empty folder, or agree where you are shown the list.`,
  },
  template_target_refused: {
    status: 409,
    text: (p) => `The template cannot be placed at ${p.path}: ${p.reason}. Nothing was changed.`,
  },
  template_not_placed: {
    status: 500,
    text: (p) => `The template could not be written to ${p.folder} (${p.reason}). What was there is as it was.`,
  },
  template_cancelled: { status: 409, text: () => "Placing the template was cancelled. What was there is as it was." },
  git_missing: { status: 422, text: () => "Git is not installed here, and this template comes from a repository." },
  preview_not_public: {
    status: 403,
    text: (p) =>
      `${p.runner} shows nothing at a public address. Its local user can allow it, as the relay has no host names for previews.`,
  },

  preview_address_pending: {
    status: 503,
    text: () => "The public address of this preview is being made. Try again in a moment.",
  },
} satisfies ErrorRows;
