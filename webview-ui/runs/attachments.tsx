import type { PromptAttachment } from "#protocol/documents";
import { IconButton } from "../controls/controls";

/** Pictures that go with a prompt which is being written. */
export interface Attached {
  readonly all: readonly PromptAttachment[];
  readonly remove: (attachment: PromptAttachment) => void;
}

/** The address at which a page shows it. */
export const pictureUrl = ({ name, bytes }: PromptAttachment): string =>
  `data:image/${name.endsWith(".png") ? "png" : "jpeg"};base64,${bytes}`;

export function AttachmentChips({ attached: { all, remove } }: { readonly attached: Attached }) {
  if (all.length === 0) return null;
  return (
    <ul className="attachments" aria-label="Attached">
      {all.map((attachment) => (
        <li key={attachment.name}>
          <img src={pictureUrl(attachment)} alt="" />
          <span title={attachment.name}>{attachment.name}</span>
          <IconButton icon="close" label={`Remove ${attachment.name}`} onClick={() => remove(attachment)} />
        </li>
      ))}
    </ul>
  );
}
