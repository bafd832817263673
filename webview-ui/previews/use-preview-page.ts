import { useEffect, useMemo, useRef, useState } from "react";
import type { ResponseOf } from "#protocol/api";
import type { Preview } from "#protocol/documents";
import { useApp, useStore } from "../model/hooks";
import { createPageChannel, type PageChannel, type PageState } from "./page-channel";

/** The page of a preview that is shown in a frame here. */
export interface PreviewPage {
  /** The way in; absent while it is asked for. */
  readonly entry: ResponseOf<"enterPreview"> | undefined;
  readonly origin: string;
  readonly frame: React.RefObject<HTMLIFrameElement | null>;
  readonly state: PageState;
  readonly channel: PageChannel;
  /** What the frame begins with. */
  readonly source: string;
  /** Goes to a path of the preview. */
  go(path: string): void;
  /** Back from where it is; from a page that says nothing, to where it was before. */
  back(): void;
  /** Loads the page again: by itself where it speaks, else by another way in. */
  reload(): void;
}

export function usePreviewPage(preview: Preview): PreviewPage {
  const app = useApp();
  const frame = useRef<HTMLIFrameElement>(null);
  const [entry, setEntry] = useState<ResponseOf<"enterPreview">>();
  const [source, setSource] = useState("");
  const [round, setRound] = useState(0);
  const origin = entry ? new URL(entry.url).origin : "";
  const channel = useMemo(() => createPageChannel({ window, frame: () => frame.current, origin }), [origin]);
  useEffect(() => () => channel.close(), [channel]);
  const state = useStore(channel);

  const isPublic = preview.body.publicOnly === true;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each round, and each of the two forms of its pages, is a new way in.
  useEffect(() => {
    if (isPublic) return;
    let isWanted = true;
    const { around } = app.home;
    void app
      .attempt(() => app.client.call("enterPreview", { params: { id: preview.id }, body: { framedBy: [...around] } }))
      .then((found) => {
        if (!isWanted || !found || !app.home.mayFrame(found)) return;
        channel.entered();
        setEntry(found);
        setSource(found.url);
      });
    return () => {
      isWanted = false;
    };
  }, [app, preview.id, preview.isPlain, round, isPublic]);

  /** Once around the page that is there: it may be one that does not let go. */
  const enterAt = (path: string) => {
    channel.entered();
    setSource(origin + path);
  };
  const orEnter = async (path: string | undefined) => {
    if (await channel.another(stubbornMs)) return;
    if (path === undefined) setRound((count) => count + 1);
    else enterAt(path);
  };
  const go = (path: string) => {
    const there = frame.current?.contentWindow;
    if (!there) return;
    there.location.href = origin + path;
    // Within one page, nothing is loaded.
    if (path.split("#", 1)[0] !== state.path?.split("#", 1)[0] || !path.includes("#")) void orEnter(path);
  };
  return {
    entry,
    source,
    origin,
    frame,
    state,
    channel,
    go,
    back() {
      if (state.phase === "silent" && state.cameFrom !== undefined) go(state.cameFrom);
      else channel.say("back");
    },
    reload() {
      if (state.phase !== "told") return setRound((count) => count + 1);
      channel.say("reload");
      void orEnter(undefined);
    },
  };
}

/** A page that is still there after this time does not go by itself, or its server takes long: both begin anew. */
const stubbornMs = 10_000;
