import { Component, type ContextType, type ReactNode } from "react";
import { AppContext } from "../model/hooks";
import { Button, ErrorBox } from "./controls";

interface Props {
  /** Another key tries again: a person went somewhere else. */
  readonly place: string;
  readonly children: ReactNode;
}

/** Shows that a view failed, in place of the view. Mostly its code is gone because the relay was updated. */
export class ErrorBoundary extends Component<Props, { readonly failed: boolean }> {
  static override contextType = AppContext;
  declare context: ContextType<typeof AppContext>;
  override state = { failed: false };

  static getDerivedStateFromError(): { readonly failed: boolean } {
    return { failed: true };
  }

  override componentDidCatch(error: Error): void {
    console.error(error);
  }

  override componentDidUpdate(before: Props): void {
    if (before.place !== this.props.place && this.state.failed) this.setState({ failed: false });
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <div className="page">
        <h1 className="page-title">This view could not be drawn</h1>
        <ErrorBox text="Nothing on the relay was lost. Perhaps the relay was updated since this page was opened.">
          <Button look="primary" onClick={() => this.context?.home.reload()}>
            Reload the page
          </Button>
        </ErrorBox>
      </div>
    );
  }
}
