import { Icon, IconButton } from "../controls/controls";
import { useApp, useStore } from "../model/hooks";

export function NoticeList() {
  const { notices } = useApp();
  const all = useStore(notices);
  return (
    <div className="notices" role="status" aria-live="polite">
      {all.map((notice) => (
        <div key={notice.id} className={`notice ${notice.tone}`}>
          <Icon name={notice.tone} tone={notice.tone === "error" ? "error" : ""} />
          <span>{notice.text}</span>
          <IconButton icon="close" label="Dismiss" onClick={() => notices.dismiss(notice.id)} />
        </div>
      ))}
    </div>
  );
}
