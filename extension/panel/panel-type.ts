/** The type of a run's panel, as the editor keeps it over a reload of the window. */
export const runPanelType = "baton.run";
/** The same for the panel of a preview. */
export const previewPanelType = "baton.preview";
