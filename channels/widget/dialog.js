// Keyboard rules of the window: Escape closes it, and a full-screen one keeps the focus inside.

const FOCUSABLE = "a[href], button:not(:disabled), input:not(:disabled), textarea:not(:disabled), [tabindex='0']";

/** The frame as a dialog; modal only while it covers the whole page. */
export class Dialog {
  /**
   * @param {HTMLElement} root
   * @param {() => void} onClose
   */
  constructor(root, onClose) {
    this.root = root;
    this.isModal = false;
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && !event.isComposing) onClose();
      if (event.key === "Tab" && this.isModal) this.keepInside(event);
    });
  }

  /** @param {boolean} isModal */
  setModal(isModal) {
    this.isModal = isModal;
    if (isModal) this.root.setAttribute("aria-modal", "true");
    else this.root.removeAttribute("aria-modal");
    document.documentElement.classList.toggle("is-full", isModal);
  }

  keepInside(event) {
    const stops = [...this.root.querySelectorAll(FOCUSABLE)].filter((node) => node.getClientRects().length);
    const [first] = stops;
    const last = stops[stops.length - 1];
    const isAtEdge = document.activeElement === (event.shiftKey ? first : last);
    if (!isAtEdge && this.root.contains(document.activeElement)) return;
    event.preventDefault();
    (event.shiftKey ? last : first)?.focus();
  }
}
