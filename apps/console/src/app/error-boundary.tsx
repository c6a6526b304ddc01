import { Component, type ReactNode } from "react";
import { messages } from "../messages.ts";
import { Button } from "../ui/button.tsx";
import { EmptyState } from "../ui/states.tsx";

/** Keeps the frame of the pages when one page fails by a defect of its own. */
export class PageErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <EmptyState
        isPage
        title={messages.errors.page}
        actions={<Button onClick={() => window.location.reload()}>{messages.errors.reload}</Button>}
      >
        {messages.errors.pageHint}
      </EmptyState>
    );
  }
}
